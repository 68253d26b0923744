#!/usr/bin/env bash
# Uses the examples of infra/examples in a real browser, against the debug build of `driftwood`: the web app as the app
# that the README makes by curl, the single-page app as it makes itself. Needs Node 20 or later with npm, and Chromium.
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
        address=$(sed -n 's#.* \(is at\|is listening on\) \(http://127\.0\.0\.1:[0-9]*/\{0,1\}\)$#\2#p' "$log" | tail -n 1)
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

start driftwood "${CARGO_TARGET_DIR:-target}/debug/driftwood" --memory --port 0
export ISSUER=$address

# The section's commands begin where the first session ends, and end where the examples start.
examples=$(readme 'Use it from an OAuth client' | grep '^infra/examples/start.sh')
[ "$(sed 's/ *#.*//' <<<"$examples")" = $'infra/examples/start.sh web-app\ninfra/examples/start.sh single-page-app' ]
{
    echo 'set -euo pipefail'
    { readme 'A first session'; readme 'Use it from an OAuth client'; } | grep -v '^infra/examples/start.sh' | sed "s|^HOST=.*|HOST=$ISSUER|"
    echo 'echo "$CLIENT_ID $CLIENT_SECRET" >"$PLAYED"'
} >"$folder/session"
PLAYED=$folder/played bash "$folder/session" >"$folder/session.log" 2>&1
read -r client_id client_secret <"$folder/played"
[ -n "$client_secret" ]

PORT=$(free_port) start web-app env "CLIENT_ID=$client_id" "CLIENT_SECRET=$client_secret" infra/examples/start.sh web-app
web_app=$address
PORT=$(free_port) start single-page-app infra/examples/start.sh single-page-app
node infra/examples/check/check.mjs "$ISSUER" "$web_app" "$address"
