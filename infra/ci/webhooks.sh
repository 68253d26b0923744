#!/usr/bin/env bash
# Sends webhooks of the debug build of `driftwood` to the receivers of infra/examples/receiver, which verify them with the libraries of
# Standard Webhooks for Node, Python and Go: before, during and after a rotation of the secret. Then each gets events that are late, repeated and
# lost, and the request that it prints must read what is missing. Needs Node 20 or later with npm, Go 1.21 or later, and a `python` that has
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
(cd infra/examples/receiver && go vet . && go build -buildvcs=false -o "$folder/receiver" .)

# call METHOD PATH BODY TOKEN
call() {
    curl --silent --show-error --fail-with-body --max-time 30 -X "$1" "$host/$2" \
        -H 'Content-Type: application/json' ${4:+-H "Authorization: Bearer $4"} ${3:+-d "$3"}
}
take() { sed -n 's/.*"'"$1"'":"\([^"]*\)".*/\1/p'; }
port_of() { python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

declare -A ports=([node]=$(port_of) [python]=$(port_of) [go]=$(port_of))
maps=()
for language in "${!ports[@]}"; do maps+=(--fetch-map "https://$language.example=http://127.0.0.1:${ports[$language]}"); done
start_driftwood "${maps[@]}"

token=$(call POST api/auth-register '{"email": "maker@example.com", "password": "'"$(openssl rand -hex 16)"'", "name": "Maker"}' '' | take access_token)
app=$(call POST api/v1/apps '{"name": "Receiver"}' "$token" | take id)
# The first event of the account is that its user registered.
for number in 2 3 4 5; do call POST v2/event '{"type": "order.placed", "data": {"number": '$number'}}' "$token" >"$folder/answer"; done
call POST api/events-list '{}' "$token" >"$folder/events"
fourth=$(python -c 'import json, sys; print(json.load(sys.stdin)["result"]["events"][3]["id"])' <"$folder/events")

fail() {
    echo "the receiver in $1 $2:" >&2
    cat "$folder/$1" >&2
    exit 1
}

# counts LANGUAGE TYPE: the events of a type that the receiver has printed.
counts() { grep -c "^$2 " "$folder/$1" || true; }

# sees LANGUAGE TYPE COUNT: waits until the receiver has printed so many events of a type.
sees() {
    for _ in $(seq 100); do
        [ "$(counts "$1" "$2")" = "$3" ] && break
        sleep 0.1
    done
    if [ "$(counts "$1" "$2")" != "$3" ] || grep -q '^refused' "$folder/$1"; then fail "$1" "did not take $3 of $2"; fi
}

# start_receiver LANGUAGE: starts it with SECRET and PORT, and waits until it listens.
start_receiver() {
    : >"$folder/$1"
    # It replaces the shell that `&` starts, so that the end of the script ends it.
    case $1 in
        node) exec node infra/examples/receiver/receiver.mjs ;;
        python) exec python infra/examples/receiver/receiver.py ;;
        go) exec "$folder/receiver" ;;
    esac >>"$folder/$1" 2>&1 &
    receivers+=($!)
    # Without this, bash reports how each ended.
    disown
    for _ in $(seq 100); do grep -q '^listening' "$folder/$1" && break; sleep 0.1; done
}

for language in node python go; do
    webhook=$(call POST "api/v1/apps/$app/webhooks" '{"url": "https://'"$language"'.example/", "types": ["*"]}' "$token")
    id=$(take id <<<"$webhook")
    secret=$(take secret <<<"$webhook")
    SECRET=$secret PORT=${ports[$language]} start_receiver "$language"
    call POST "api/v1/apps/$app/webhooks/$id/test" '' "$token" >"$folder/answer"
    sees "$language" webhook.test 1
    # The receiver still has the secret before: both sign for a day.
    call POST "api/v1/apps/$app/webhooks/$id/secret" '' "$token" >"$folder/answer"
    call POST "api/v1/apps/$app/webhooks/$id/test" '' "$token" >"$folder/answer"
    sees "$language" webhook.test 2

    # Event 5 comes twice, and overtakes 4, which looks lost until then.
    python infra/ci/send_events.py "${ports[$language]}" "$secret" "account-1" 2 3 5 5 <"$folder/events"
    sees "$language" order.placed 3
    [ "$(grep '^gap' "$folder/$language")" = "gap in account-1: 4 to 4; a token of its user reads on from 3:" ] || fail "$language" "did not see the gap"
    HOST=$host TOKEN=$token bash -c "$(grep '^curl ' "$folder/$language")" >"$folder/answer" 2>"$folder/progress"
    grep -q "$fourth" "$folder/answer" || fail "$language" "does not say how to fill the gap"
    python infra/ci/send_events.py "${ports[$language]}" "$secret" "account-1" 4 <"$folder/events"
    sees "$language" order.placed 4
    # The first event of an account that the receiver sees is no gap, whatever its number.
    python infra/ci/send_events.py "${ports[$language]}" "$secret" "account-2" 5 <"$folder/events"
    sees "$language" order.placed 5
    [ "$(grep -c '^gap' "$folder/$language")" = 1 ] || fail "$language" "saw a gap where none is"

    status=$(curl --silent --output "$folder/answer" --max-time 30 --write-out '%{http_code}' -d '{"id": "1", "type": "forged"}' "http://127.0.0.1:${ports[$language]}/")
    if [ "$status" != 401 ] || grep -q '^forged' "$folder/$language"; then fail "$language" "believed what is not signed"; fi
    echo "the receiver in $language verified its messages, took each once and saw what was missing"
done
