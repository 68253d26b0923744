#!/usr/bin/env bash
# Runs the browser stories many times in a row, to show that none of them fails by chance; stops at the first failure.
# Usage: infra/ci/repeat-browser-stories.sh [TIMES] [busy]; "busy" keeps every core at work with something else meanwhile.
set -euo pipefail
cd "$(dirname "$0")/../.."

times=${1:-20}
cargo test --test browser --no-run
if [ "${2:-}" = busy ]; then
    trap 'kill $(jobs -p)' EXIT
    for ((core = 0; core < $(nproc); core++)); do
        while :; do :; done &
    done
fi
for ((run = 1; run <= times; run++)); do
    began=$SECONDS
    cargo test --quiet --test browser
    echo "=== run $run of $times passed in $((SECONDS - began)) s"
done
