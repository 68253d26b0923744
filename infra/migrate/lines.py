"""What the scripts that convert an export have in common: lines for `users-import`, and hashes in the forms that it verifies.

No password hash is printed but into the lines, and nothing here needs more than Python's own library.
"""

import base64
import datetime
import json
import re
import sys

# The fields of a line, in this order.
FIELDS = [
    "import_id", "email", "email_verified", "username", "name", "locale", "created_at", "password_hash", "upstream", "disabled",
]
USERNAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
LOCALE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
BCRYPT = re.compile(r"\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}")
BCRYPT_ALPHABET = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
# The bytes of one block. The first block says as much about a password as all of them, and costs less.
DIGESTS = {"sha1": ("pbkdf2", 20), "sha256": ("pbkdf2-sha256", 32), "sha512": ("pbkdf2-sha512", 64)}


class Unusable(Exception):
    """A hash of a form that `users-import` does not verify."""


def warn(import_id, text):
    print(f"{import_id}: {text}", file=sys.stderr)


def decode(text):
    """Base64 of any kind: with `+/`, `-_` or passlib's `./`, padded or not."""
    text = text.strip().rstrip("=").replace("-", "+").replace("_", "/").replace(".", "+")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except ValueError:
        raise Unusable("a part of the hash is not base64") from None


def encode(data):
    """Base64 as PHC strings have it."""
    return base64.b64encode(data).decode().rstrip("=")


def phc(algorithm, parameters, salt, digest, version=None):
    if not 8 <= len(salt) <= 48:
        raise Unusable(f"the salt has {len(salt)} bytes, and 8 to 48 are possible")
    if not 10 <= len(digest) <= 64:
        raise Unusable(f"the hash has {len(digest)} bytes, and 10 to 64 are possible")
    texts = ",".join(f"{name}={value}" for name, value in parameters.items())
    return "$".join(["", algorithm, *([f"v={version}"] if version else []), texts, encode(salt), encode(digest)])


def pbkdf2(digest_name, iterations, salt, digest):
    if digest_name not in DIGESTS:
        raise Unusable(f"PBKDF2 with {digest_name} is not verified")
    algorithm, block = DIGESTS[digest_name]
    return phc(algorithm, {"i": int(iterations)}, salt, digest[:block])


def scrypt(n, r, p, salt, digest):
    cost = int(n).bit_length() - 1
    if int(n) != 1 << cost:
        raise Unusable("the scrypt cost is not a power of two")
    # As with PBKDF2, which is scrypt's last step, the first block is enough.
    return phc("scrypt", {"ln": cost, "r": int(r), "p": int(p)}, salt, digest[:32])


def firebase_scrypt(signer_key, salt_separator, rounds, mem_cost, salt, digest):
    """Firebase's hash is the signer key, encrypted with the key stream of a key that scrypt makes. The key stream alone is
    stored: the signer key stays out of Driftwood's tables."""
    if len(digest) != len(signer_key):
        raise Unusable("the hash is not as long as the signer key")
    key_stream = bytes(left ^ right for left, right in zip(digest, signer_key))
    return phc("firebase-scrypt", {"ln": int(mem_cost), "r": int(rounds), "p": 1}, salt + salt_separator, key_stream)


def bcrypt(text):
    """A bcrypt hash; the bits that mean nothing are set to zero, because some programs set them."""
    if not BCRYPT.fullmatch(text):
        raise Unusable("this is not a bcrypt hash of $2a$, $2b$ or $2y$")
    salt_end, hash_end = (BCRYPT_ALPHABET.index(text[place]) for place in (28, 59))
    return text[:28] + BCRYPT_ALPHABET[salt_end & 0b110000] + text[29:59] + BCRYPT_ALPHABET[hash_end & 0b111100]


def from_text(text):
    """A hash in one of the forms that are stored as one text: those of bcrypt, passlib, Django, Werkzeug, and PHC strings."""
    text = text.strip().removeprefix("{bcrypt}")
    parts = text.split("$")
    if text.startswith("$2"):
        return bcrypt(text)
    if re.match(r"\$pbkdf2(-sha1|-sha256|-sha512)?\$\d+\$", text) and len(parts) == 5:
        # passlib: the number of rounds, and `.` in place of `+`.
        digest_name = parts[1].removeprefix("pbkdf2").lstrip("-") or "sha1"
        return pbkdf2(digest_name, parts[2], decode(parts[3]), decode(parts[4]))
    if re.match(r"\$(argon2id?|scrypt|firebase-scrypt|pbkdf2(-sha1|-sha256|-sha512)?)\$", text):
        return text
    # Django: the salt is a text, and hashed as it is.
    if parts[0] in ("pbkdf2_sha256", "pbkdf2_sha1") and len(parts) == 4:
        return pbkdf2(parts[0].removeprefix("pbkdf2_"), parts[1], parts[2].encode(), decode(parts[3]))
    if parts[0] == "scrypt" and len(parts) == 6:
        return scrypt(parts[1], parts[3], parts[4], parts[2].encode(), decode(parts[5]))
    if parts[0] == "argon2" and text.startswith("argon2$argon2"):
        return from_text(text.removeprefix("argon2"))
    if parts[0] == "bcrypt" and text.startswith("bcrypt$$2"):
        return bcrypt(text.removeprefix("bcrypt$"))
    # Werkzeug, the library of Flask: `method:parameters$salt$hex`, with the salt as a text.
    method = parts[0].split(":")
    if method[0] == "pbkdf2" and len(method) == 3 and len(parts) == 3:
        return pbkdf2(method[1], method[2], parts[1].encode(), bytes.fromhex(parts[2]))
    if method[0] == "scrypt" and len(method) == 4 and len(parts) == 3:
        return scrypt(*method[1:], parts[1].encode(), bytes.fromhex(parts[2]))
    raise Unusable("this form of hash is not verified")


def time(value):
    """RFC 3339 in UTC, to the second, of a number of seconds or milliseconds, or of an ISO 8601 text; without a zone it is UTC."""
    if value in (None, ""):
        return None
    if isinstance(value, (int, float)) or re.fullmatch(r"\d+(\.\d+)?", value):
        seconds = float(value)
        when = datetime.datetime.fromtimestamp(seconds / 1000 if seconds > 1e11 else seconds, datetime.timezone.utc)
    else:
        text = re.sub(r"(\.\d{1,6})\d*", r"\1", value.strip().replace("Z", "+00:00").replace(" ", "T", 1))
        text = re.sub(r"\.\d+", "", text)
        text = re.sub(r"([+-]\d\d)$", r"\1:00", text)
        when = datetime.datetime.fromisoformat(text)
        when = when.replace(tzinfo=when.tzinfo or datetime.timezone.utc).astimezone(datetime.timezone.utc)
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def flag(value):
    """A truth value as tables write it."""
    return value if isinstance(value, bool) else str(value).strip().lower() in ("1", "t", "true", "y", "yes")


def hash_of(import_id, convert, *arguments):
    """The converted hash, or none with a warning: that user resets their password by mail."""
    try:
        return convert(*arguments)
    except (Unusable, KeyError, IndexError, TypeError, ValueError) as unusable:
        reason = unusable if isinstance(unusable, Unusable) else "the hash is incomplete"
        warn(import_id, f"imported without a password: {reason}")
        return None


def line(import_id, **fields):
    """One line. What Driftwood cannot take is left out with a warning, so that one odd value does not keep a user out."""
    fields = {"import_id": str(import_id), **{name: value for name, value in fields.items() if value not in (None, "", [], False)}}
    email, username, locale = (fields.get(name) for name in ("email", "username", "locale"))
    if email:
        fields["email"] = email.strip()
    if username and (not USERNAME.fullmatch(username) or username == email):
        if username != email:
            warn(import_id, "the username has other characters than letters, digits, dots, hyphens and underscores")
        del fields["username"]
    if locale:
        fields["locale"] = locale.replace("_", "-")
        if len(locale) > 35 or not LOCALE.fullmatch(fields["locale"]):
            del fields["locale"]
    if "name" in fields:
        name = " ".join(fields["name"].split())[:100].strip()
        fields = {**fields, "name": name} if name else {key: value for key, value in fields.items() if key != "name"}
    if not email:
        fields.pop("email_verified", None)
    unknown = fields.keys() - set(FIELDS)
    if unknown:
        sys.exit(f"these are not fields of a line: {', '.join(sorted(unknown))}")
    return {name: fields[name] for name in FIELDS if name in fields}


def write(lines):
    """Writes lines to the standard output."""
    for each in lines:
        print(json.dumps(each, ensure_ascii=False, separators=(",", ":")))


def read_json_lines(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(text) for text in file if text.strip()]


def read_json(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def issuers(pairs):
    """The issuers of providers, as `NAME=URL`; Google's is known."""
    known = {"google": "https://accounts.google.com", "google.com": "https://accounts.google.com", "google-oauth2": "https://accounts.google.com"}
    for pair in pairs:
        name, found, url = pair.partition("=")
        if not found or not url.startswith("https://"):
            sys.exit(f"this is not NAME=https://…: {pair}")
        known[name.lower()] = url
    return known


def identities(import_id, known, pairs):
    """The links of a user, from pairs of a provider's name and the user's id there."""
    links = []
    for provider, subject in pairs:
        issuer = known.get(str(provider).lower())
        if issuer and subject:
            links.append({"issuer": issuer, "subject": str(subject)})
        else:
            warn(import_id, f"no link to {provider}: name its issuer with --issuer {provider}=https://…")
    return links
