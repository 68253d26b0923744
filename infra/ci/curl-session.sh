#!/usr/bin/env bash
# Plays the requests of docs/quickstart.md and docs/account.md, and what else a user does to an account, and checks every answer,
# against the debug build of `driftwood`; stops at the first deviation. (infra/ci/docs.sh plays the pages themselves.)
# With an argument it plays against that address instead: infra/ci/curl-session.sh http://127.0.0.1:8788
set -euo pipefail
cd "$(dirname "$0")/../.."

. infra/ci/server.sh
host=${1:-}
# shellcheck disable=SC2119
if [ -z "$host" ]; then start_driftwood; fi

email="you+$$-$(date +%s)@example.com"

# step NAME STATUS CURL-ARGUMENTS…: the answer is then in $folder/answer.
step() {
    local name=$1 expected=$2 status
    shift 2
    status=$(curl --silent --show-error --max-time 30 --output "$folder/answer" --write-out '%{http_code}' "$@")
    if [ "$status" != "$expected" ]; then
        echo "$name: expected $expected, got $status: $(cat "$folder/answer")" >&2
        exit 1
    fi
    echo "$name: $status"
}

# check EXPRESSION: Python over the whole answer `a` and its `r = a["result"]`.
check() {
    python3 - "$1" "$folder/answer" <<'PYTHON'
import base64, json, re, sys

a = json.load(open(sys.argv[2]))
r = a.get("result", {})


def claims(token):
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def header(token):
    part = token.split(".")[0]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


if not eval(sys.argv[1]):
    sys.exit(f"this does not hold: {sys.argv[1]}\nin this answer: {json.dumps(a)}")
PYTHON
}

# take EXPRESSION: prints one value of the answer.
take() {
    python3 -c 'import json, sys; a = json.load(open(sys.argv[2])); r = a["result"]; print(eval(sys.argv[1]))' "$1" "$folder/answer"
}

# link ADDRESS: the token of the newest link that was mailed to it.
link() {
    curl --silent --show-error --fail --max-time 30 -G --data-urlencode "to=$1" "$host/dev/mailbox.json" |
        python3 -c '
import json, re, sys
texts = [mail["text"] for mail in json.load(sys.stdin)["mails"]]
print(next(found[0] for text in texts if (found := re.search("dw_ml_[A-Za-z0-9_-]{43,}", text))))'
}

# subjects ADDRESS: what was mailed to it, the newest first.
subjects() {
    curl --silent --show-error --fail --max-time 30 -G --data-urlencode "to=$1" "$host/dev/mailbox.json" |
        python3 -c 'import json, sys; print(*(mail["subject"] for mail in json.load(sys.stdin)["mails"]), sep="\n")'
}

# mailed ADDRESS SUBJECT: the newest mail to it has that subject.
mailed() {
    local newest
    newest=$(subjects "$1")
    newest=${newest%%$'\n'*}
    if [ "$newest" != "$2" ]; then
        echo "the newest mail to $1 should be \"$2\" and is \"$newest\"" >&2
        exit 1
    fi
    echo "mailed: $2"
}

json=(-H "Content-Type: application/json")

step register 200 -X POST "$host/api/auth-register" "${json[@]}" -d '{
"email": "'"$email"'",
"password": "your-secure-password",
"name": "Your Name"
}'
check 'a["ok"] is True and set(r) == {"access_token", "refresh_token", "expires_in", "user"} and r["expires_in"] == 900'
check 'set(r["user"]) == {"id", "email", "email_verified", "name", "locale", "role"} and r["user"]["name"] == "Your Name"'
check 'r["user"]["role"] == "owner" and r["user"]["email_verified"] is False and r["user"]["locale"] is None'
check 're.fullmatch("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", r["user"]["id"]) and r["user"]["email"] == "'"$email"'"'
check 'r["refresh_token"].startswith("dw_rt_") and header(r["access_token"])["typ"] == "at+jwt"'
check 'claims(r["access_token"])["token_type"] == "user" and claims(r["access_token"])["user_id"] == r["user"]["id"]'
check '"account_id" in claims(r["access_token"]) and "exp" in claims(r["access_token"])'
user=$(take 'r["user"]["id"]')

step 'register again' 409 -X POST "$host/api/auth-register" "${json[@]}" -d '{"email": "'"$email"'", "password": "your-secure-password", "name": "Your Name"}'
check 'a["ok"] is False and a["error"]["code"] == "email_taken"'

step 'login with a wrong password' 401 -X POST "$host/api/auth-login" "${json[@]}" -d '{"email": "'"$email"'", "password": "not-your-password"}'
check 'a["ok"] is False and a["error"]["code"] == "invalid_credentials"'

step login 200 -X POST "$host/api/auth-login" "${json[@]}" -d '{
"email": "'"$email"'",
"password": "your-secure-password"
}'
check 'a["ok"] is True and r["expires_in"] == 900 and r["user"]["id"] == "'"$user"'"'
refresh=$(take 'r["refresh_token"]')

step refresh 200 -X POST "$host/api/auth-refresh-token" "${json[@]}" -d '{"refresh_token": "'"$refresh"'"}'
check 'a["ok"] is True and set(r) == {"access_token", "refresh_token", "expires_in"} and r["expires_in"] == 900'
check 'r["refresh_token"] != "'"$refresh"'"'
bearer=(-H "Authorization: Bearer $(take 'r["access_token"]')")
refresh=$(take 'r["refresh_token"]')

step 'create an app' 200 -X POST "$host/api/oauth-apps-create" "${bearer[@]}" "${json[@]}" -d '{"name": "My Integration"}'
check 'r["app"]["name"] == "My Integration" and r["app"]["client_id"].startswith("dw_ci_") and r["app"]["client_secret_prefix"].startswith("dw_cs_")'
check 'len(r["app"]["client_secret_prefix"]) <= 12 and r["client_secret"].startswith(r["app"]["client_secret_prefix"])'
app=$(take 'r["app"]["id"]')
client_id=$(take 'r["app"]["client_id"]')
client_secret=$(take 'r["client_secret"]')

token_body='{
"grant_type": "client_credentials",
"client_id": "'"$client_id"'",
"client_secret": "'"$client_secret"'"
}'
step 'token for the app' 200 -X POST "$host/api/oauth-token" "${json[@]}" -d "$token_body"
check 'set(r) >= {"access_token", "token_type", "expires_in"} and r["token_type"] == "bearer" and r["expires_in"] == 3600'
check 'claims(r["access_token"])["token_type"] == "oauth_client" and claims(r["access_token"])["user_id"] == "'"$user"'"'
check '"account_id" not in claims(r["access_token"])'
app_bearer=(-H "Authorization: Bearer $(take 'r["access_token"]')")

step 'token by form and Basic' 200 -X POST "$host/oauth2/token" -u "$client_id:$client_secret" -d grant_type=client_credentials
check 'a["token_type"] == "Bearer" and a["expires_in"] == 3600 and "ok" not in a'

step "the app lists contacts" 200 -X POST "$host/api/contacts-list" "${app_bearer[@]}" "${json[@]}" -d '{"limit": 10}'
check 'a["ok"] is True and r["contacts"] == []'

step 'list apps' 200 -X POST "$host/api/oauth-apps-list" "${bearer[@]}" "${json[@]}" -d '{"include_revoked": false}'
check '[app["id"] for app in r["apps"]] == ["'"$app"'"] and "client_secret" not in r["apps"][0]'

step "the app may not list apps" 403 -X POST "$host/api/oauth-apps-list" "${app_bearer[@]}" "${json[@]}" -d '{}'

step 'revoke the app' 200 -X POST "$host/api/oauth-apps-revoke" "${bearer[@]}" "${json[@]}" -d '{"id": "'"$app"'"}'
check 'r["app"]["id"] == "'"$app"'" and r["app"]["revoked_at"]'

step "a revoked app's token is refused" 401 -X POST "$host/api/contacts-list" "${app_bearer[@]}" "${json[@]}" -d '{"limit": 10}'
step 'a revoked app gets no token' 401 -X POST "$host/api/oauth-token" "${json[@]}" -d "$token_body"
check 'a["error"]["code"] == "invalid_client"'

step 'list apps that are not revoked' 200 -X POST "$host/api/oauth-apps-list" "${bearer[@]}" "${json[@]}" -d '{"include_revoked": false}'
check 'r["apps"] == []'

# As the documentation shows it: no body and no content type.
step logout 200 -X POST "$host/api/auth-logout" "${bearer[@]}"
check 'a["ok"] is True'

step 'the session is over' 401 -X POST "$host/api/oauth-apps-list" "${bearer[@]}" "${json[@]}" -d '{}'
step 'its refresh token too' 401 -X POST "$host/api/auth-refresh-token" "${json[@]}" -d '{"refresh_token": "'"$refresh"'"}'

step 'pages: the sign-in leads to a new password' 200 "$host/oauth2/authorize/sign-in"
grep -q 'href="/account/forgot-password"' "$folder/answer"
step 'pages: a forgotten password' 200 "$host/account/forgot-password"
step 'pages: no user is signed in' 303 "$host/account/change-password"
step 'pages: where password managers look' 303 "$host/.well-known/change-password"

# A deployment has no mailbox.
if [ "$(curl --silent --output /dev/null --max-time 30 --write-out '%{http_code}' "$host/dev/mailbox.json")" = 200 ]; then
    new_email="me+$$-$(date +%s)@example.com"
    password=your-secure-password
    sign_in() {
        step "login with $1" 200 -X POST "$host/api/auth-login" "${json[@]}" -d '{"email": "'"$2"'", "password": "'"$1"'"}'
        bearer=(-H "Authorization: Bearer $(take 'r["access_token"]')")
    }
    fails() {
        step "$1" "$2" -X POST "$host/api/$3" "${bearer[@]}" "${json[@]}" -d "$4"
        check 'a["ok"] is False and a["error"]["code"] == "'"$5"'"'
    }

    # The mail that verifies the address is older than the notice of the app.
    mailed "$email" 'An app was created in your account at Driftwood'
    token=$(link "$email")
    step 'pages: a link shows a button' 200 "$host/account/verify-email?token=$token"
    for turn in first second; do
        step "verify the e-mail, a $turn time" 200 -X POST "$host/api/auth-verify-email" "${json[@]}" -d '{"token": "'"$token"'"}'
        check 'r == {"email_verified": True}'
    done
    fails 'verify by an unknown link' 400 auth-verify-email '{"token": "dw_ml_x"}' invalid_link
    # The mail alone does not prove that its reader knows the password.
    fails 'the password before the verification' 401 auth-login '{"email": "'"$email"'", "password": "'"$password"'"}' invalid_credentials

    for known in "nobody-$email" "$email"; do
        step 'forgot the password' 200 -X POST "$host/api/auth-forgot-password" "${json[@]}" -d '{"email": "'"$known"'"}'
        check 'a == {"ok": True, "result": {}}'
    done
    [ -z "$(subjects "nobody-$email")" ]
    mailed "$email" 'Choose a new password for Driftwood'
    token=$(link "$email")
    fails 'a common password' 400 auth-reset-password '{"token": "'"$token"'", "password": "1q2w3e4r5t6y7u8i9o0p"}' invalid_input
    check 'set(a["error"]["fields"]) == {"password"}'
    reset='{"token": "'"$token"'", "password": "another-secure-password"}'
    step 'a new password' 200 -X POST "$host/api/auth-reset-password" "${json[@]}" -d "$reset"
    check 'a == {"ok": True, "result": {}}'
    mailed "$email" 'Your password at Driftwood was changed'
    fails 'the same link again' 400 auth-reset-password "$reset" invalid_link
    step 'pages: a used link leads on' 400 "$host/account/reset-password?token=$token"
    grep -q 'href="/account/forgot-password"' "$folder/answer"
    fails 'the password before' 401 auth-login '{"email": "'"$email"'", "password": "'"$password"'"}' invalid_credentials
    sign_in another-secure-password "$email"
    elsewhere=("${bearer[@]}")
    sign_in another-secure-password "$email"

    fails 'change the password without it' 400 auth-change-password '{"current_password": "not-your-password", "new_password": "'"$password"'"}' invalid_input
    check 'a["error"]["fields"] == {"current_password": "is not your password"}'
    step 'change the password' 200 -X POST "$host/api/auth-change-password" "${bearer[@]}" "${json[@]}" \
        -d '{"current_password": "another-secure-password", "new_password": "'"$password"'"}'
    check 'a == {"ok": True, "result": {}}'
    step 'this session goes on' 200 -X POST "$host/api/oauth-apps-list" "${bearer[@]}" "${json[@]}" -d '{}'
    step 'every other one is over' 401 -X POST "$host/api/oauth-apps-list" "${elsewhere[@]}" "${json[@]}" -d '{}'

    step 'change the e-mail' 200 -X POST "$host/api/auth-change-email" "${bearer[@]}" "${json[@]}" \
        -d '{"new_email": "'"$new_email"'", "password": "'"$password"'"}'
    check 'a == {"ok": True, "result": {}}'
    mailed "$email" 'Your e-mail address at Driftwood is about to change'
    mailed "$new_email" 'Confirm your new e-mail address for Driftwood'
    step 'confirm the new e-mail' 200 -X POST "$host/api/auth-change-email" "${bearer[@]}" "${json[@]}" -d '{"token": "'"$(link "$new_email")"'"}'
    check 'r["user"]["email"] == "'"$new_email"'" and r["user"]["email_verified"] is True and r["user"]["id"] == "'"$user"'"'
    mailed "$email" 'Your e-mail address at Driftwood was changed'
    fails 'the e-mail before' 401 auth-login '{"email": "'"$email"'", "password": "'"$password"'"}' invalid_credentials
    sign_in "$password" "$new_email"

    step 'change name and language' 200 -X POST "$host/api/users-update" "${bearer[@]}" "${json[@]}" -d '{"name": "My Name", "locale": "de"}'
    check 'r["user"]["name"] == "My Name" and r["user"]["locale"] == "de"'

    # Page by page, until there is no more.
    cursor=null
    pages=0
    while [ "$cursor" != None ]; do
        step 'export' 200 -X POST "$host/api/users-export" "${bearer[@]}" "${json[@]}" -d '{"cursor": '"$cursor"'}'
        check 'set(r) == {"export", "next_cursor"} and not re.search("argon2|dw_rt_|dw_ml_|epoch", json.dumps(a))'
        if [ "$cursor" = null ]; then check 'r["export"]["user"]["email"] == "'"$new_email"'" and r["export"]["user"]["name"] == "My Name"'; fi
        cursor=$(take 'json.dumps(r["next_cursor"]) if r["next_cursor"] else None')
        pages=$((pages + 1))
        [ "$pages" -lt 20 ]
    done

    fails 'delete without the password' 400 users-delete '{"password": "not-your-password"}' invalid_input
    step 'delete' 200 -X POST "$host/api/users-delete" "${bearer[@]}" "${json[@]}" -d '{"password": "'"$password"'"}'
    check 'a == {"ok": True, "result": {"restorable_until": None}}'
    mailed "$new_email" 'Dein Konto bei Driftwood wurde gelöscht'
    step 'the user is gone' 401 -X POST "$host/api/oauth-apps-list" "${bearer[@]}" "${json[@]}" -d '{}'
    fails 'the user cannot sign in' 401 auth-login '{"email": "'"$new_email"'", "password": "'"$password"'"}' invalid_credentials
fi

step 'public keys' 200 "$host/.well-known/jwks.json"
check 'len(a["keys"]) >= 1 and all("d" not in key for key in a["keys"])'
step 'an unknown path' 404 "$host/api/no-such-thing"

if [ -n "$server" ]; then
    kill -INT "$server"
    for _ in $(seq 100); do
        kill -0 "$server" 2>/dev/null || break
        sleep 0.1
    done
    if kill -0 "$server" 2>/dev/null || ! wait "$server"; then
        echo "driftwood did not stop cleanly on Ctrl-C:" >&2
        cat "$folder/log" >&2
        exit 1
    fi
    server=
fi
echo "every answer is as expected"
