"""Converts users of Keycloak, as `kc.sh export` writes them: the file of a realm, or the files of its users."""

import argparse
import json

from lines import Unusable, decode, hash_of, identities, issuers, line, pbkdf2, phc, read_json, time, write

# The names that Keycloak has for PBKDF2: without a suffix it is SHA-1.
PBKDF2 = {"pbkdf2": "sha1", "pbkdf2-sha256": "sha256", "pbkdf2-sha512": "sha512"}
ARGON2_VERSIONS = {"1.3": 19, "1.0": 16}


def password_hash(credential):
    """The two members of a credential are JSON in a string, and each further parameter is a list of strings."""
    data, secret = json.loads(credential["credentialData"]), json.loads(credential["secretData"])
    salt, digest = decode(secret["salt"]), decode(secret["value"])
    algorithm, iterations = data["algorithm"], data["hashIterations"]
    if algorithm in PBKDF2:
        return pbkdf2(PBKDF2[algorithm], iterations, salt, digest)
    if algorithm == "argon2":
        more = {name: values[0] for name, values in data["additionalParameters"].items() if values}
        parameters = {"m": int(more["memory"]), "t": int(iterations), "p": int(more["parallelism"])}
        if more["type"] not in ("i", "id"):
            raise Unusable(f"argon2{more['type']} is not verified")
        return phc(f"argon2{more['type']}", parameters, salt, digest, ARGON2_VERSIONS[more.get("version", "1.3")])
    raise Unusable(f"{algorithm} is not verified")


def convert(user, known):
    import_id = user["id"]
    credential = next((each for each in user.get("credentials", []) if each.get("type") == "password"), None)
    pairs = [(identity["identityProvider"], identity["userId"]) for identity in user.get("federatedIdentities", [])]
    return line(
        import_id,
        email=user.get("email"),
        email_verified=bool(user.get("emailVerified")),
        username=user.get("username"),
        name=" ".join(filter(None, (user.get("firstName"), user.get("lastName")))),
        locale=next(iter(user.get("attributes", {}).get("locale", [])), None),
        created_at=time(user.get("createdTimestamp")),
        password_hash=hash_of(import_id, password_hash, credential) if credential else None,
        upstream=identities(import_id, known, pairs),
        disabled=not user.get("enabled", True),
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("export", nargs="+", help="the files of: kc.sh export --realm REALM --users realm_file --file realm.json, "
                        "or of --users different_files")
    parser.add_argument("--issuer", action="append", default=[], metavar="NAME=URL", help="the issuer of an identity provider, by its alias")
    arguments = parser.parse_args()
    known = issuers(arguments.issuer)
    users = (user for path in arguments.export for user in read_json(path).get("users", []))
    # A service account is of a client and not of a person.
    write(convert(user, known) for user in users if not user.get("serviceAccountClientId"))


if __name__ == "__main__":
    main()
