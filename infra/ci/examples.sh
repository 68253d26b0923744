#!/usr/bin/env bash
# Uses the examples of infra/examples in a real browser, against the debug builds of `driftwood` and `mcp-server`: the web
# app and the machine as the apps that the guides create by curl, the others as they create themselves. Then runs MCP's own
# conformance test. Needs Node 20 or later with npm, Chromium, and a `python` that has infra/ci/requirements.txt.
set -euo pipefail
cd "$(dirname "$0")/../.."

. infra/ci/pages.sh

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

(cd infra/examples/check && npm ci --silent --ignore-scripts && node docs.mjs)

built=${CARGO_TARGET_DIR:-target}/debug
mcp_port=$(free_port)
document_port=$(free_port)
start driftwood "$built/driftwood" --memory --port 0 "${page_options[@]}" --resource "http://127.0.0.1:$mcp_port/mcp [client_credentials=any]" \
    --fetch-map "https://app.example.com=http://127.0.0.1:$document_port"
export ISSUER=$address

# What the guides say to start is started here, or further down.
starts=$(awk '/^```console$/ {code = 1; next} /^```/ {code = 0} code' docs/guides/*.md | LC_ALL=C sort)
# shellcheck disable=SC2016
[ "$starts" = 'CLIENT_ID=$MACHINE_ID infra/examples/start.sh machine
cargo run -- --fetch-map https://app.example.com=http://127.0.0.1:8000
cargo run -- --resource "http://127.0.0.1:8791/mcp [client_credentials=any]"
cargo run -- --resource "https://api.example.com [client_credentials=any]" --set "Scopes=invoice_read=Read your invoices"
cargo run -p mcp-server
infra/examples/start.sh cli
infra/examples/start.sh cli sign-out
infra/examples/start.sh single-page-app
infra/examples/start.sh web-app
python3 -m http.server 8000 --bind 127.0.0.1' ] || { echo "the guides start something else: $starts" >&2; exit 1; }

# play GUIDE NAME…: plays its commands; what they print is then in $folder/GUIDE.log, and the values of these variables in $folder/values.
export CURLS=$folder/curls FAILED=$folder/failed KEY=$folder/key.json
play() {
    local guide=$1
    shift
    : >"$FAILED"
    {
        strict_curl
        examples_of "docs/guides/$guide.md" "$ISSUER"
        # shellcheck disable=SC2016
        printf 'printf "%%s\n" "$%s" >&3\n' "$@"
    } >"$folder/session"
    bash "$folder/session" >"$folder/$guide.log" 2>&1 3>"$folder/values" </dev/null
    [ ! -s "$FAILED" ]
}
said() { grep -o "$2" "$folder/$1.log" || true; }

play web-app CLIENT_ID CLIENT_SECRET
{ read -r client_id && read -r client_secret; } <"$folder/values"
[ -n "$client_secret" ]
play machine MACHINE_ID
read -r machine_id <"$folder/values"
[ "$(CLIENT_ID=$machine_id infra/examples/start.sh machine)" = "The machine's account has 0 contacts." ]
play client-registration CLIENT_URI
[ "$(said client-registration '"client_name":"[^"]*"' | cut -d '"' -f 4 | tr '\n' ';')" = 'My Desktop App;My Desktop App;My Desktop App 2;My Registered App;' ]
play protect-an-api ACCESS_TOKEN
[ "$(said protect-an-api '"active":[a-z]*' | tr '\n' ' ')" = '"active":true "active":false ' ]

# It waits most of the time, so it runs beside the others.
node infra/examples/check/cli.mjs "$ISSUER" &
programs+=($!)
cli=$!
infra/examples/start.sh machine

PORT=$(free_port) start web-app env "CLIENT_ID=$client_id" "CLIENT_SECRET=$client_secret" infra/examples/start.sh web-app
web_app=$address
PORT=$(free_port) start single-page-app infra/examples/start.sh single-page-app
node infra/examples/check/check.mjs "$ISSUER" "$web_app" "$address"

PORT=$mcp_port start mcp-server "$built/mcp-server"
node infra/examples/check/mcp.mjs "$ISSUER" "$address" "$document_port"
python infra/examples/check/with_mcp.py "$ISSUER" "$address"
node infra/examples/check/conformance.mjs "$ISSUER"
wait "$cli"
