#!/usr/bin/env bash
# Plays against AWS's DynamoDB Local what the embedded one cannot vouch for: the tests of our client, and as few others as make
# every kind of request that all tests together make. `cargo test` has noted those in the file $1 (DYNAMODB_SHAPES).
set -euo pipefail

here=$(dirname "$0")
mapfile -t tests < <(python3 "$here/fewest_tests.py" "$1")
"$here/with-dynamodb-local.sh" cargo test --test end-to-end -- platform::dynamodb::
"$here/with-dynamodb-local.sh" cargo test --test end-to-end -- --exact "${tests[@]}"
