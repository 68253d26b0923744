"""Reads a password from the standard input, and writes a hash of it for the field `password_hash`.

For a sign-in form of yours that still checks passwords at a system that gives no hashes: it makes the line of a user who has just
signed in there. The password must not be an argument, because other users of a machine can read those.
"""

import hashlib
import os
import sys

from lines import pbkdf2

# OWASP's number for PBKDF2 with HMAC-SHA-256. The hash is replaced at the first sign-in.
ITERATIONS = 600_000


def main():
    password = sys.stdin.buffer.read().removesuffix(b"\n")
    if not password:
        sys.exit("there is no password to read")
    salt = os.urandom(16)
    print(pbkdf2("sha256", ITERATIONS, salt, hashlib.pbkdf2_hmac("sha256", password, salt, ITERATIONS)))


if __name__ == "__main__":
    main()
