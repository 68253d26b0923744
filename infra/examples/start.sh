#!/usr/bin/env bash
# Starts an example: infra/examples/start.sh web-app
# Without CLIENT_ID, it creates an app first, at ISSUER, which is the server of `cargo run` unless you set it.
set -euo pipefail

example=${1:?which: web-app, single-page-app, cli or machine}
shift
export ISSUER=${ISSUER:-http://127.0.0.1:8788}
cd "$(dirname "$0")/$example"
npm ci --silent --ignore-scripts
# The command-line app registers dynamically.
if [ -z "${CLIENT_ID:-}" ] && [ "$example" != cli ]; then
    app=$(../make-app.sh "$example")
    # Split on purpose: NAME=VALUE each.
    # shellcheck disable=SC2086,SC2163
    export $app
fi
exec node . "$@"
