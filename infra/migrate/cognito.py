"""Converts users of an Amazon Cognito user pool, as `aws cognito-idp list-users` prints them. Cognito gives no password hashes."""

import argparse
import json

from lines import identities, issuers, line, read_json, time, write


def convert(user, known):
    attributes = {attribute["Name"]: attribute.get("Value") for attribute in user.get("Attributes", [])}
    import_id = attributes.get("sub") or user["Username"]
    username = user["Username"]
    pairs = [(identity["providerName"], identity["userId"]) for identity in json.loads(attributes.get("identities") or "[]")]
    # The username of a pool that signs in by address is the `sub`, and that of a user of a provider is made of its name.
    is_chosen = username != attributes.get("sub") and user.get("UserStatus") != "EXTERNAL_PROVIDER"
    names = (attributes.get("given_name"), attributes.get("family_name"))
    return line(
        import_id,
        email=attributes.get("email"),
        email_verified=attributes.get("email_verified") == "true",
        username=attributes.get("preferred_username") or (username if is_chosen and "@" not in username else None),
        name=attributes.get("name") or " ".join(filter(None, names)),
        locale=attributes.get("locale"),
        created_at=time(user.get("UserCreateDate")),
        upstream=identities(import_id, known, pairs),
        disabled=not user.get("Enabled", True),
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("export", help="the output of: aws cognito-idp list-users --user-pool-id POOL")
    parser.add_argument("--issuer", action="append", default=[], metavar="NAME=URL", help="the issuer of an OpenID provider of the pool")
    arguments = parser.parse_args()
    known = issuers(arguments.issuer)
    write(convert(user, known) for user in read_json(arguments.export)["Users"])


if __name__ == "__main__":
    main()
