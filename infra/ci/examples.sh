#!/usr/bin/env bash
# Uses the examples of infra/examples in a real browser, against the release builds of `driftwood` and `mcp-server`: the web
# app and the machine as the apps that the README makes by curl, the others as they make themselves. Then runs MCP's own
# conformance test. Needs Node 20 or later with npm, and Chromium.
set -euo pipefail
cd "$(dirname "$0")/../.."

CHROMIUM=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
[ -n "$CHROMIUM" ] || { echo "there is no Chromium; CHROMIUM can name one" >&2; exit 1; }
node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' || { echo "Node 20 or later is needed" >&2; exit 1; }
export CHROMIUM

folder=$(mktemp -d)
programs=()
stop() {
    local status=$?
    for program in "${programs[@]}"; do
        kill "$program" 2>/dev/null || true
        wait "$program" 2>/dev/null || true
    done
    if [ "$status" != 0 ]; then tail -n 40 "$folder"/*.log >&2; fi
    rm -rf "$folder"
}
trap stop EXIT

# start NAME COMMAND…: runs it and waits until it says where it is; that is then in $address.
start() {
    local log=$folder/$1.log
    shift
    "$@" >"$log" 2>&1 &
    programs+=($!)
    address=
    for _ in $(seq 600); do
        address=$(sed -n 's#.* \(is at\|is listening on\) \(http://127\.0\.0\.1:[0-9]*\(/[a-z]*\)\{0,1\}\)$#\2#p' "$log" | tail -n 1)
        [ -n "$address" ] && return
        kill -0 "${programs[-1]}" 2>/dev/null || break
        sleep 0.1
    done
    echo "$* did not start" >&2
    exit 1
}

free_port() { node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })'; }

# The commands of one of the README's sections.
readme() { awk -v section="## $1" '/^## /{on = $0 == section} on && /^```sh/{code = 1; next} /^```/{code = 0} on && code' README.md; }

(cd infra/examples/check && npm ci --silent --ignore-scripts && node readme.mjs)

release=${CARGO_TARGET_DIR:-target}/release
mcp_port=$(free_port)
document_port=$(free_port)
start driftwood "$release/driftwood" --memory --port 0 --resource "http://127.0.0.1:$mcp_port/mcp" \
    --fetch-map "https://app.example.com=http://127.0.0.1:$document_port"
export ISSUER=$address

# The section's commands begin where the first session ends. Those that start something are started further down.
is_start='^infra/examples/start.sh\|^cargo run'
starts=$(readme 'Use it from an OAuth client' | grep "$is_start" | sed 's/ *#.*//')
[ "$starts" = 'infra/examples/start.sh web-app
infra/examples/start.sh single-page-app
infra/examples/start.sh cli
cargo run -- --resource http://127.0.0.1:8791/mcp
cargo run -p mcp-server
cargo run -- --fetch-map https://app.example.com=http://127.0.0.1:8000' ]
{
    echo 'set -euo pipefail'
    { readme 'A first session'; readme 'Use it from an OAuth client'; } | grep -v "$is_start" | sed "s|^HOST=.*|HOST=$ISSUER|"
    echo 'echo "$CLIENT_ID $CLIENT_SECRET" >"$PLAYED"'
} >"$folder/session"
KEY=$folder/key.json PLAYED=$folder/played bash "$folder/session" >"$folder/session.log" 2>&1
read -r client_id client_secret <"$folder/played"
[ -n "$client_secret" ]
said() { grep -o "$1" "$folder/session.log" || true; }
[ "$(said "The machine's account has 0 contacts")" ]
[ "$(said '"client_name":"My Desktop App"' | wc -l)" = 2 ]
[ "$(said '"active":[a-z]*' | tr '\n' ' ')" = '"active":true "active":false ' ]

# It waits most of the time, so it does that beside the others.
node infra/examples/check/cli.mjs "$ISSUER" &
programs+=($!)
cli=$!
KEY=$folder/key.json infra/examples/start.sh machine

PORT=$(free_port) start web-app env "CLIENT_ID=$client_id" "CLIENT_SECRET=$client_secret" infra/examples/start.sh web-app
web_app=$address
PORT=$(free_port) start single-page-app infra/examples/start.sh single-page-app
node infra/examples/check/check.mjs "$ISSUER" "$web_app" "$address"

PORT=$mcp_port start mcp-server "$release/mcp-server"
node infra/examples/check/mcp.mjs "$ISSUER" "$address" "$document_port"
node infra/examples/check/conformance.mjs "$ISSUER"
wait "$cli"
