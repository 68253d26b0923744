#!/usr/bin/env bash
# Plays the client's side of the flows with the libraries that apps use, against the debug build of `driftwood`: `openid-client`, Authlib, and
# `oidc-client-ts` in a browser. (infra/ci/examples.sh does so with MCP's two SDKs.) Needs Node 20 or later with npm, Chromium, openssl, and a
# `python` that has infra/ci/requirements.txt.
set -euo pipefail
cd "$(dirname "$0")/../.."

. infra/ci/server.sh

CHROMIUM=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
[ -n "$CHROMIUM" ] || { echo "there is no Chromium; CHROMIUM can name one" >&2; exit 1; }
export CHROMIUM

check=infra/examples/check
(cd "$check" && npm ci --silent --ignore-scripts)

# call PATH BODY [TOKEN]
call() {
    curl --silent --show-error --fail-with-body --max-time 30 "$host/api/$1" \
        -H 'Content-Type: application/json' ${3:+-H "Authorization: Bearer $3"} -d "$2"
}
take() { sed -n 's/.*"'"$1"'":"\([^"]*\)".*/\1/p'; }

data=$folder/data
operator=operator@example.com
password=$(openssl rand -hex 16)

start_driftwood --data "$data" --set ClientLimit=3
answer=$(call auth-register '{"email": "'"$operator"'", "password": "'"$password"'", "name": "Operator"}')
operator_id=$(take id <<<"$answer")
mails=$(curl --silent --show-error --fail --max-time 30 "$host/dev/mailbox.json?to=$operator")
link=$(grep -o 'dw_ml_[A-Za-z0-9_-]*' <<<"$mails" | head -n 1)
call auth-verify-email '{"token": "'"$link"'"}' "$(take access_token <<<"$answer")" >"$folder/verified"

node "$check/openid-client.mjs" "$host"
python "$check/with_authlib.py" "$host" refused
stop_driftwood

start_driftwood --set TokenEndpointAudience=true
python "$check/with_authlib.py" "$host" accepted
stop_driftwood

# Consent to a public client is remembered at https only, and an iframe has the cookie of the sign-in if app and issuer are hosts of one
# site: so they are, behind a certificate that the browser does not ask for.
issuer=https://id.example.com
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -days 2 -subj /CN=example.com \
    -keyout "$folder/key.pem" -out "$folder/certificate.pem" 2>"$folder/openssl" || { cat "$folder/openssl" >&2; exit 1; }
start_driftwood --data "$data" --issuer "$issuer" --set "AdminUserIds=$operator_id"
node "$check/oidc-client-ts.mjs" "$issuer" "$host" "$operator" "$password" "$folder/key.pem" "$folder/certificate.pem"
