#!/usr/bin/env bash
# Starts an example: infra/examples/start.sh web-app
# Without CLIENT_ID, it makes an app at ISSUER first, which is the Driftwood that `cargo run` starts unless you set it.
set -euo pipefail

export ISSUER=${ISSUER:-http://127.0.0.1:8788}
cd "$(dirname "$0")/${1:?which: web-app or single-page-app}"
npm ci --silent --ignore-scripts
if [ -z "${CLIENT_ID:-}" ]; then
    app=$(../make-app.sh "$1")
    # Words on purpose: NAME=VALUE each.
    # shellcheck disable=SC2086
    export $app
fi
exec node server.mjs
