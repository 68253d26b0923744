"""Converts users of Firebase Authentication, as `firebase auth:export users.json` writes them.

The password hash parameters are in the console, behind the menu of the list of users: a text that begins with `hash_config`.
Store it in a file. It has the project's signer key, which gets into no line.
"""

import argparse
import re

from lines import decode, firebase_scrypt, hash_of, identities, issuers, line, read_json, time, write


def parameters(path):
    """The parameters as the console shows them."""
    with open(path, encoding="utf-8") as file:
        found = dict(re.findall(r"(\w+)\s*[:=]\s*\"?([^\s\",]+)", file.read()))
    return {
        "signer_key": decode(found["base64_signer_key"]),
        "salt_separator": decode(found["base64_salt_separator"]),
        "rounds": int(found["rounds"]),
        "mem_cost": int(found["mem_cost"]),
    }


def convert(user, config, known):
    import_id = user["localId"]
    # `password` and `phone` are not providers of an identity.
    others = [info for info in user.get("providerUserInfo", []) if info["providerId"] not in ("password", "phone")]
    password_hash = None
    if user.get("passwordHash") and config:
        password_hash = hash_of(
            import_id,
            lambda: firebase_scrypt(**config, salt=decode(user["salt"]), digest=decode(user["passwordHash"])),
        )
    return line(
        import_id,
        email=user.get("email"),
        email_verified=bool(user.get("emailVerified")),
        name=user.get("displayName"),
        created_at=time(user.get("createdAt")),
        password_hash=password_hash,
        upstream=identities(import_id, known, [(info["providerId"], info.get("rawId")) for info in others]),
        disabled=bool(user.get("disabled")),
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("export", help="the file of: firebase auth:export users.json --format=JSON")
    parser.add_argument("hash_config", nargs="?", help="a file with the password hash parameters of the console")
    parser.add_argument("--issuer", action="append", default=[], metavar="NAME=URL", help="the issuer of an OpenID provider of the project")
    arguments = parser.parse_args()
    known, config = issuers(arguments.issuer), parameters(arguments.hash_config) if arguments.hash_config else None
    write(convert(user, config, known) for user in read_json(arguments.export)["users"])


if __name__ == "__main__":
    main()
