"""Sends the requests of three API descriptions, unchanged except for the host, and checks every response."""

import base64
import hashlib
import html
import http.cookiejar
import json
import re
import secrets
import sys
import urllib.error
import urllib.parse
import urllib.request

HOST = sys.argv[1]
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.text = response.read().decode()

    def json(self):
        return json.loads(self.text)


def browser():
    """A new browser: with cookies, and without following redirects."""
    jar = http.cookiejar.CookieJar()
    return urllib.request.build_opener(NoRedirect, urllib.request.HTTPCookieProcessor(jar))


def ask(name, expected, method, path, headers=None, body=None, by=None):
    """Sends one request; any other status than the expected one, or ones, is a failure."""
    url = path if path.startswith("http") else HOST + path
    request = urllib.request.Request(url, method=method, headers=headers or {}, data=body and body.encode())
    try:
        answer = Answer((by or browser()).open(request, timeout=30))
    except urllib.error.HTTPError as error:
        answer = Answer(error)
    if answer.status not in (expected if isinstance(expected, tuple) else (expected,)):
        sys.exit(f"{name}: expected {expected}, got {answer.status}: {answer.text}")
    print(f"{name}: {answer.status}")
    return answer


def check(condition, answer):
    if not condition:
        frame = sys._getframe(1)
        sys.exit(f"the check in line {frame.f_lineno} failed for this response: {answer.text} {answer.headers}")


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def claims(token):
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def submit(page, by, **typed):
    """Sends a page's first form that has a field for everything typed."""
    for form in re.findall(r"<form.*?</form>", page.text, re.S):
        if all(f'name="{name}"' in form for name in typed):
            action = re.search(r'action="([^"]*)"', form).group(1)
            hidden = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form)
            ticked = re.findall(r'<input type="checkbox" name="([^"]*)" checked', form)
            fields = {name: html.unescape(value) for name, value in hidden} | dict.fromkeys(ticked, "on") | typed
            return ask(f"  form {action}", (200, 303), "POST", html.unescape(action), FORM, urllib.parse.urlencode(fields), by)
    sys.exit(f"no form of the page takes {list(typed)}: {page.text}")


def follow(answer, by, until):
    """Follows redirects and pages that go on by themselves, until another page, or an address that begins with `until`."""
    for _ in range(10):
        on = answer.headers.get("Location") or answer.headers.get("Refresh", "").removeprefix("0; url=")
        if not on:
            return answer
        location = urllib.parse.urljoin(HOST, on)
        if location.startswith(until):
            return location
        try:
            answer = Answer(by.open(location, timeout=30))
        except urllib.error.HTTPError as error:
            answer = Answer(error)
    sys.exit("too many redirects")


def drio():
    """A management API behind OAuth 2.0, PKCE and bearer tokens."""
    server = ask("discover the server", 200, "GET", "/.well-known/oauth-authorization-server").json()
    ask("discover the resource", 200, "GET", "/.well-known/oauth-protected-resource")
    if not {"openid", "profile", "email"} <= set(server["scopes_supported"]):
        sys.exit("the scopes openid, profile and email are not all supported")

    registered = ask("register a client", 201, "POST", "/api/v1/auth/register", JSON, """{
"client_name": "My App",
"redirect_uris": ["https://example.com/callback"],
"grant_types": ["authorization_code", "refresh_token"],
"response_types": ["code"]
}""")
    client_id = registered.json()["client_id"]
    check(registered.json()["token_endpoint_auth_method"] == "none", registered)

    verifier = secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = urllib.parse.urlencode({
        "client_id": client_id, "response_type": "code", "redirect_uri": "https://example.com/callback",
        "code_challenge": challenge, "code_challenge_method": "S256", "state": "a-state",
    })
    by = browser()
    begun = ask("authorize", 303, "GET", f"/api/v1/auth/authorize?{asked}", by=by)
    sign_in = follow(begun, by, "https://example.com/")
    link = html.unescape(re.search(r'href="(/oauth2/authorize/register[^"]*)"', sign_in.text).group(1))
    form = ask("  the registration page", 200, "GET", link, by=by)
    email = f"you+{secrets.token_hex(4)}@example.com"
    consent = follow(submit(form, by, name="Your Name", email=email, password="your-secure-password"), by, "https://example.com/")
    back = follow(submit(consent, by, decision="allow"), by, "https://example.com/callback")
    returned = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(back).query))
    if returned.get("state") != "a-state" or "code" not in returned or returned.get("iss") != server["issuer"]:
        sys.exit(f"the browser came back with {sorted(returned)}")

    body = f"client_id={client_id}&code={returned['code']}&code_verifier={verifier}&redirect_uri=https://example.com/callback&grant_type=authorization_code"
    tokens = ask("exchange the code", 200, "POST", "/api/v1/auth/token", FORM, body)
    check({"access_token", "refresh_token", "expires_in", "token_type"} <= set(tokens.json()), tokens)
    check(tokens.json()["token_type"] == "Bearer" and tokens.json()["expires_in"] == 7200, tokens)

    ask("call a protected route", 200, "GET", "/api/v1/apps", bearer(tokens.json()["access_token"]))
    body = f"client_id={client_id}&redirect_uri=https://example.com/callback&refresh_token={tokens.json()['refresh_token']}"
    refreshed = ask("refresh", 200, "POST", "/api/v1/auth/refresh", FORM, body)
    check({"access_token", "refresh_token", "expires_in", "token_type"} <= set(refreshed.json()), refreshed)
    failed = ask("refresh without a refresh token", 400, "POST", "/api/v1/auth/refresh", FORM, f"client_id={client_id}")
    check(failed.json()["error"] == "invalid_request" and "refresh_token" in failed.json()["error_description"], failed)

    delegated = bearer(refreshed.json()["access_token"])
    me = ask("read the token's user", 200, "GET", "/api/v1/me", delegated)
    check(me.json()["user"]["email"] == email, me)
    login = json.dumps({"email": email, "password": "your-secure-password"})
    user = bearer(ask("sign in", 200, "POST", "/api/auth-login", JSON, login).json()["result"]["access_token"])
    created = ask("create an app", 201, "POST", "/api/v1/apps", user | JSON, '{"name": "My Integration"}')
    app = urllib.parse.urlsplit(created.headers["Location"]).path
    ask("read the app", 200, "GET", app, delegated)
    config = ask("read its configuration", 200, "GET", f"{app}/config", delegated)
    check(config.headers["ETag"], config)
    ask("change it", 200, "PATCH", f"{app}/config", user | JSON | {"If-Match": config.headers["ETag"]}, '{"name": "Renamed"}')
    ask("change it again as it was", 412, "PATCH", f"{app}/config", user | JSON | {"If-Match": config.headers["ETag"]}, '{"name": "Lost"}')
    ask("command it", 200, "POST", f"{app}/commands", user | JSON, '{"command": "rotate_secret"}')
    denied = ask("command it without the scope", 403, "POST", f"{app}/commands", delegated | JSON, '{"command": "disable"}')
    check(set(denied.json()["error"]) >= {"code", "message", "request_id"}, denied)

    for path in ["/api/v1/me", "/api/v1/apps", app, f"{app}/config"]:
        refused = ask(f"{path.replace(app, '/api/v1/apps/{appId}')} without a token", 401, "GET", path)
        check("resource_metadata=" in refused.headers["WWW-Authenticate"], refused)
        check(set(refused.json()["error"]) >= {"code", "message", "request_id"}, refused)
    ask("/commands without a token", 401, "POST", f"{app}/commands", JSON, '{"command": "disable"}')
    ask("templates need no token", 200, "GET", "/api/v1/templates")
    # No other provider is configured here, so there is no callback; infra/ci/upstream.sh configures one.
    ask("the callback is for the bridge", 404, "GET", "/api/v1/auth/callback")


def user_keys():
    """A key and a secret, and tokens for a small script."""
    user_id = f"ada-{secrets.token_hex(4)}"
    registered = ask("register", 200, "POST", "/register", JSON, json.dumps({"user_id": user_id, "user_secret": "a-long-secret-of-mine"}))
    check(registered.json()["user_key"].startswith("dw_uk_"), registered)
    credentials = {"user_key": registered.json()["user_key"], "user_secret": "a-long-secret-of-mine"}
    tokens = ask("authenticate", 200, "POST", "/authenticate", JSON, json.dumps(credentials))
    check({"access_token", "refresh_token"} <= set(tokens.json()) and "ok" not in tokens.json(), tokens)
    access = claims(tokens.json()["access_token"])
    check(access["exp"] - access["iat"] == 3600, tokens)
    for turn in ["once", "once more with the same token"]:
        body = json.dumps({"refresh_token": tokens.json()["refresh_token"]})
        refreshed = ask(f"refresh {turn}", 200, "POST", "/refresh", JSON, body)
    check("access_token" in refreshed.json() and "refresh_token" not in refreshed.json(), refreshed)
    for token in [tokens.json()["access_token"], refreshed.json()["access_token"]]:
        me = ask("a protected endpoint", 200, "GET", "/api/v1/me", bearer(token))
        check(me.json()["user"]["username"] == user_id, me)
    ask("a wrong secret", 401, "POST", "/authenticate", JSON, json.dumps(credentials | {"user_secret": "another-long-secret"}))
    ask("a name that is already registered", 409, "POST", "/register", JSON, json.dumps({"user_id": user_id, "user_secret": "a-long-secret-of-mine"}))


def driftrock():
    """Client credentials by HTTP Basic, and events in."""
    body = json.dumps({"email": f"rock+{secrets.token_hex(4)}@example.com", "password": "your-secure-password", "name": "Your Name"})
    user = bearer(ask("register", 200, "POST", "/api/auth-register", JSON, body).json()["result"]["access_token"])
    created = ask("create an app", 200, "POST", "/api/oauth-apps-create", user | JSON, '{"name": "My Integration"}').json()["result"]
    client_id, client_secret = created["app"]["client_id"], created["client_secret"]

    def basic(secret):
        return {"Authorization": "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()}

    token = ask("a token", 200, "POST", "/oauth2/token", basic(client_secret) | FORM, "grant_type=client_credentials")
    check(token.headers["Content-Type"] == "application/json;charset=UTF-8", token)
    check(token.json()["token_type"] == "Bearer" and token.json()["expires_in"] == 3600, token)
    # RFC 6749 §5.2 requires invalid_client where the description has invalid_grant.
    wrong = ask("a wrong secret", 401, "POST", "/oauth2/token", basic("wrong") | FORM, "grant_type=client_credentials")
    check(wrong.json()["error"] == "invalid_client" and wrong.json()["error_description"], wrong)
    check(wrong.headers["Content-Type"] == "application/json;charset=UTF-8", wrong)
    check(wrong.headers["Cache-Control"] == "no-store" and wrong.headers["Pragma"] == "no-cache", wrong)
    # RFC 6749 §3.2 requires a POST where the description's script sends a GET.
    ask("a GET for a token", 405, "GET", "/oauth2/token", basic(client_secret))
    event = '{"type": "order.placed", "data": {"total": 12}}'
    program = bearer(token.json()["access_token"])
    posted = ask("an event", 201, "POST", "/v2/event", program | JSON, event)
    listed = ask("the account's events", 200, "POST", "/api/events-list", user | JSON, "{}")
    orders = [event["id"] for event in listed.json()["result"]["events"] if event["type"] == "order.placed"]
    check(orders == [posted.json()["id"]], listed)
    ask("an event without a token", 401, "POST", "/v2/event", JSON, event)


for play in [drio, user_keys, driftrock]:
    print(f"--- {play.__name__}: {play.__doc__}")
    play()
print("every request got the described response")
