#!/usr/bin/env bash
# argon2 0.6.0 (RustCrypto): a hash without `v=` is taken for version 1.3, where the reference takes it for 1.0.
#
# Hashes of Argon2 before version 1.3 were written as `$argon2id$m=…,t=…,p=…$salt$hash`, without a version, and those who move users from an
# old table find such strings. The reference library (and with it PHP, Python's argon2-cffi and Node's argon2) verifies a hash without
# `v=` as version 1.0 (16). A good guess is that the crate does the same, because it parses the string without an error. It computes
# version 1.3 (19) instead, so that every right password is reported as a wrong one. With `v=16` written into the string both agree, so an
# import has to add it.
#
# Seen here: for one hash of version 1.0, argon2-cffi 25.1.0 says that the password is right with and without `v=16`; the crate says right with
# it and wrong without it.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check argon2-cffi==25.1.0

cat >reference.py <<'PYTHON'
from argon2 import PasswordHasher
from argon2.low_level import Type, hash_secret

with_version = hash_secret(b"a made-up password", b"sixteen byte salt", 2, 1024, 1, 32, Type.ID, version=16).decode()
without = with_version.replace("$v=16", "")
assert with_version != without
for text in (with_version, without):
    assert PasswordHasher().verify(text, "a made-up password"), text
    print(text)
PYTHON
venv/bin/python reference.py >hashes.txt

mkdir src
cat >Cargo.toml <<'TOML'
[package]
name = "seen"
version = "0.0.0"
edition = "2024"
[dependencies]
argon2 = { version = "=0.6.0", features = ["password-hash"] }
TOML
cat >src/main.rs <<'RUST'
use argon2::password_hash::PasswordVerifier;
use argon2::{Argon2, password_hash::phc::PasswordHash};

fn main() {
    for text in std::io::stdin().lines() {
        let text = text.unwrap();
        let hash = PasswordHash::new(&text).expect("it parses without an error");
        let verified = Argon2::default().verify_password(b"a made-up password", &hash);
        println!("{}", if verified.is_ok() { "right" } else { "wrong" });
    }
}
RUST
seen=$(cargo run --quiet <hashes.txt | tr '\n' ' ')
echo "argon2-cffi 25.1.0, with and without v=16: right right"
echo "argon2 0.6.0,       with and without v=16: $seen"
[ "$seen" = "right wrong " ]
