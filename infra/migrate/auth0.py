"""Converts users of Auth0: a users export (NDJSON), and the password hashes that Auth0's support exports (NDJSON)."""

import argparse

from lines import bcrypt, hash_of, identities, issuers, line, read_json_lines, time, write

# Users of these have a password at Auth0 itself.
DATABASE = "auth0"


def password_hashes(path):
    """The hashes by the user's id. A user of a custom database has their id there as `alt_id`."""
    return {f"{DATABASE}|{user.get('alt_id') or user['_id']['$oid']}": user for user in (read_json_lines(path) if path else [])}


def address(user):
    """The address and whether it is verified; newer exports have them among the identifiers only."""
    if user.get("email"):
        return user["email"], bool(user.get("email_verified"))
    found = next((each for each in user.get("identifiers", []) if each.get("type") == "email"), {})
    return found.get("value"), bool(found.get("verified"))


def links(user, known):
    """The identities at other providers, by the connection's name or the provider's. An enterprise connection's users have its name
    before their id."""
    for identity in user.get("identities", []):
        connection, provider, subject = identity.get("connection", ""), identity["provider"], str(identity["user_id"])
        if provider != DATABASE:
            name = connection if connection.lower() in known or provider.lower() not in known else provider
            yield name, subject.removeprefix(f"{connection}|")


def convert(user, password, known):
    import_id = user["user_id"]
    email, verified = address(user) if address(user)[0] else address(password)
    has_hash = bool(password.get("passwordHash"))
    return line(
        import_id,
        email=email,
        email_verified=verified,
        username=user.get("username"),
        name=user.get("name") if user.get("name") != email else user.get("nickname"),
        locale=user.get("locale"),
        created_at=time(user.get("created_at")),
        password_hash=hash_of(import_id, bcrypt, password["passwordHash"]) if has_hash else None,
        upstream=identities(import_id, known, links(user, known)),
        disabled=bool(user.get("blocked")),
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("users", help="the users export, with the fields user_id, email, email_verified, username, name, nickname, "
                        "locale, created_at, identities and blocked")
    parser.add_argument("passwords", nargs="?", help="the export of password hashes")
    parser.add_argument("--issuer", action="append", default=[], metavar="NAME=URL", help="the issuer of an OpenID provider, by its connection")
    arguments = parser.parse_args()
    known, passwords = issuers(arguments.issuer), password_hashes(arguments.passwords)
    write(convert(user, passwords.get(user["user_id"], {}), known) for user in read_json_lines(arguments.users))


if __name__ == "__main__":
    main()
