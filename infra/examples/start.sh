#!/usr/bin/env bash
# Starts an example: infra/examples/start.sh web-app
# Without CLIENT_ID, it makes an app at ISSUER first, which is the Driftwood that `cargo run` starts unless you set it.
set -euo pipefail

example=${1:?which: web-app, single-page-app, cli or machine}
shift
export ISSUER=${ISSUER:-http://127.0.0.1:8788}
cd "$(dirname "$0")/$example"
npm ci --silent --ignore-scripts
# The command-line program introduces itself.
if [ -z "${CLIENT_ID:-}" ] && [ "$example" != cli ]; then
    app=$(../make-app.sh "$example")
    # Words on purpose: NAME=VALUE each.
    # shellcheck disable=SC2086
    export $app
fi
exec node . "$@"
