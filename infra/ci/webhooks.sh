#!/usr/bin/env bash
# Sends webhooks of the release build of `driftwood` to the receivers of infra/examples/receiver, which verify them with the libraries of
# Standard Webhooks for Node and Python: before, during and after a rotation of the secret. Needs Node 20 or later with npm, and a `python` that has
# infra/ci/requirements.txt.
set -euo pipefail
cd "$(dirname "$0")/../.."

. infra/ci/server.sh

receivers=()
stop_all() {
    for receiver in "${receivers[@]}"; do kill -KILL "$receiver" 2>/dev/null || true; done
    stop
}
trap stop_all EXIT

(cd infra/examples/receiver && npm ci --silent --ignore-scripts)

# call METHOD PATH BODY TOKEN
call() {
    curl --silent --show-error --fail-with-body --max-time 30 -X "$1" "$host/api/$2" \
        -H 'Content-Type: application/json' ${4:+-H "Authorization: Bearer $4"} ${3:+-d "$3"}
}
take() { sed -n 's/.*"'"$1"'":"\([^"]*\)".*/\1/p'; }
port_of() { python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

node_port=$(port_of)
python_port=$(port_of)
start_driftwood --fetch-map "https://node.example=http://127.0.0.1:$node_port" \
    --fetch-map "https://python.example=http://127.0.0.1:$python_port"

token=$(call POST auth-register '{"email": "maker@example.com", "password": "'"$(openssl rand -hex 16)"'", "name": "Maker"}' '' | take access_token)
app=$(call POST v1/apps '{"name": "Receiver"}' "$token" | take id)

# sees LANGUAGE COUNT: waits until the receiver has printed so many events.
sees() {
    for _ in $(seq 100); do
        [ "$(grep -c '^webhook\.test ' "$folder/$1" || true)" = "$2" ] && break
        sleep 0.1
    done
    if [ "$(grep -c '^webhook\.test ' "$folder/$1" || true)" != "$2" ] || grep '^refused' "$folder/$1"; then
        echo "the receiver in $1 did not take $2 messages:" >&2
        cat "$folder/$1" >&2
        exit 1
    fi
}

for language in node python; do
    webhook=$(call POST "v1/apps/$app/webhooks" '{"url": "https://'"$language"'.example/", "types": ["*"]}' "$token")
    id=$(take id <<<"$webhook")
    secret=$(take secret <<<"$webhook")
    if [ "$language" = node ]; then
        SECRET=$secret PORT=$node_port node infra/examples/receiver/receiver.mjs >"$folder/node" 2>&1 &
    else
        SECRET=$secret PORT=$python_port python infra/examples/receiver/receiver.py >"$folder/python" 2>&1 &
    fi
    receivers+=($!)
    for _ in $(seq 100); do grep -q '^listening' "$folder/$language" && break; sleep 0.1; done
    call POST "v1/apps/$app/webhooks/$id/test" '' "$token" >"$folder/answer"
    sees "$language" 1
    # The receiver still has the secret before: both sign for a day.
    call POST "v1/apps/$app/webhooks/$id/secret" '' "$token" >"$folder/answer"
    call POST "v1/apps/$app/webhooks/$id/test" '' "$token" >"$folder/answer"
    sees "$language" 2
    echo "the receiver in $language verified both messages"
done
