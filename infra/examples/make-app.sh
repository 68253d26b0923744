#!/usr/bin/env bash
# Creates an app for an example at a local Driftwood, owned by a user that it registers for that, and prints the variables
# that the example needs: infra/examples/make-app.sh web-app
set -euo pipefail

issuer=${ISSUER:-http://127.0.0.1:8788}
case ${1:-} in
web-app)
    app='"redirect_uris": ["http://127.0.0.1/callback"], "token_endpoint_auth_method": "client_secret_basic"' ;;
single-page-app)
    app='"redirect_uris": ["http://127.0.0.1/"], "token_endpoint_auth_method": "none"' ;;
machine)
    app='"token_endpoint_auth_method": "private_key_jwt", "jwks": '$(node "$(dirname "$0")/machine/key.mjs") ;;
*)
    echo "usage: $0 web-app|single-page-app|machine" >&2
    exit 2 ;;
esac

# post PATH BODY [HEADER]
post() {
    curl --silent --show-error --fail-with-body --max-time 30 "$issuer/api/$1" \
        -H 'Content-Type: application/json' ${3:+-H "$3"} -d "$2"
}
take() { sed -n 's/.*"'"$1"'":"\([^"]*\)".*/\1/p' <<<"$answer"; }

random() { head -c 12 /dev/urandom | od -An -tx1 | tr -d ' \n'; }
answer=$(post auth-register '{"email": "developer-'"$(random)"'@example.com", "password": "'"$(random)"'", "name": "Developer"}')
token=$(take access_token)

# The port of a redirect URI on loopback is not compared.
answer=$(post oauth-apps-create '{
    "name": "Example '"$1"'",
    "scopes": ["openid", "profile", "contact_read"],
    "post_logout_redirect_uris": ["http://127.0.0.1/"],
    '"$app"'
}' "Authorization: Bearer $token")
echo "CLIENT_ID=$(take client_id)"
if [ "$1" = web-app ]; then echo "CLIENT_SECRET=$(take client_secret)"; fi
