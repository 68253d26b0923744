#!/usr/bin/env bash
# Plays every request of the API descriptions that Driftwood began with and that the documents do not have, against
# the debug build of `driftwood`; stops at the first answer that is another one.
# With an argument it plays against that address instead: infra/ci/seeds.sh http://127.0.0.1:8788
set -euo pipefail
cd "$(dirname "$0")/../.."

. infra/ci/server.sh
host=${1:-}
# shellcheck disable=SC2119
if [ -z "$host" ]; then start_driftwood; fi
python3 infra/ci/seeds.py "$host"
