"""Checks a running server against the document that it serves: `openapi-spec-validator`, then `schemathesis`.

Starts `driftwood` with an empty database, creates users, apps and contacts, and runs schemathesis as each of them.
Run with the Python of `.ci/tools` in the root; the argument is the program to start.
"""

import collections
import http.cookiejar
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

TOOLS = pathlib.Path(sys.executable).parent
HERE = pathlib.Path(__file__).resolve().parent
PASSWORD = "your-secure-password"
EXAMPLES = "12"
# The limits are raised, so that 429 is not the only response that is tested.
LIMITS = [
    "LoginLimit", "LoginAddressLimit", "LoginEmailLimit", "RegisterAddressLimit", "ClientLimit", "ClientAddressLimit",
    "ClientRegistrationLimit", "DocumentLimit", "DeviceLimit", "MailLimit", "MailAddressLimit", "NoticeLimit", "PendingLimit",
]
# They revoke what the other endpoints need, so another user calls them. A registration is managed with its own token, which is
# revoked when it is used for another client, and schemathesis uses for other requests what it finds in responses.
ENDINGS = ["auth-logout", "auth-change-password", "users-delete"]
REGISTRATIONS = ["oauth-register-get", "oauth-register-put", "oauth-register-delete"]
# These succeed only at the end of a flow or with a form of ours; the end-to-end tests cover them.
LATE = re.compile(
    "account.*-post|account-(verify-email|confirm-email|reset-password|not-me|restore|key)|oauth-authorize(-v1|-short|-(continue|again|sign-in|register|consent).*)?"
    "|oauth-device-page-post|oauth-userinfo.*|oauth-callback.*|oauth-metadata-webfinger|openapi|mails-resend"
)

# Another path of the same endpoint: a response of one path counts for all.
ALIAS = re.compile("-(v1|short)(?=$|-)")


class Driftwood:
    """A server on its own port."""

    def __init__(self, program, folder, *options):
        self.log = open(folder / "log", "w+")
        raised = [word for name in LIMITS for word in ("--set", f"{name}=1000000")]
        arguments = [program, "--data", str(folder / "data"), "--port", "0", *raised, *options]
        self.process = subprocess.Popen(arguments, stdout=self.log, stderr=subprocess.STDOUT)
        self.url = self.wait()
        self.browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def wait(self):
        for _ in range(600):
            found = re.search(r"Driftwood is listening on (http://127\.0\.0\.1:\d+)", self.read_log())
            if found:
                return found[1]
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        sys.exit(f"driftwood did not start:\n{self.read_log()}")

    def read_log(self):
        return pathlib.Path(self.log.name).read_text()

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def post(self, path, body, token=None):
        headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {token}"} if token else {})
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(), headers)
        answer = json.load(urllib.request.urlopen(request, timeout=20))
        return answer.get("result", answer)

    def register(self, name):
        return self.post("/api/auth-register", {"email": f"{name}@example.com", "password": PASSWORD, "name": "Somebody"})

    def verify(self, registered):
        """Verifies the address of a user who has just registered, as that user."""
        address = urllib.parse.quote(registered["user"]["email"])
        mails = urllib.request.urlopen(f"{self.url}/dev/mailbox.json?to={address}", timeout=20).read().decode()
        self.post("/api/auth-verify-email", {"token": re.search(r"dw_ml_[\w-]+", mails)[0]}, registered["access_token"])

    def sign_in_at_the_page(self, name):
        """Signs in like a browser and returns the cookie."""
        address = self.url + "/oauth2/authorize/sign-in"
        page = self.browser.open(address, timeout=20).read().decode()
        token = re.search(r'name="form_token" value="([^"]+)"', page)[1]
        form = {"form_token": token, "email": f"{name}@example.com", "password": PASSWORD}
        request = urllib.request.Request(address, urllib.parse.urlencode(form).encode(), {"sec-fetch-site": "same-origin"})
        self.browser.open(request, timeout=20).read()
        cookies = next(handler for handler in self.browser.handlers if hasattr(handler, "cookiejar")).cookiejar
        return next(cookie.value for cookie in cookies if cookie.name == "dw-sid")


def schemathesis(driftwood, folder, variables, *options):
    """Runs schemathesis once, in a new folder: it stores what it found there, and would try that first in the next run."""
    arguments = [
        TOOLS / "schemathesis", "--config-file", HERE / "schemathesis.toml", "--no-color", "run", driftwood.url + "/openapi.json",
        "--phases", "examples,coverage,fuzzing", "--max-examples", EXAMPLES, *options,
    ]
    environment = os.environ | variables | {"HOOKS": str(HERE / "schemathesis_hooks.py")}
    done = subprocess.run(arguments, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        sys.exit(f"{done.stdout}\nas {options}")
    selected = " ".join(options[1::2]) if "--include-operation-id" in options or "--include-tag" in options else "all others"
    cases = re.search(r"Test cases:\s*(.*)", done.stdout)[1]
    print(f"{selected}: {cases}", flush=True)


def main(program):
    with tempfile.TemporaryDirectory() as folder:
        check(program, pathlib.Path(folder))


def check(program, folder):
    driftwood = Driftwood(program, folder)
    try:
        operator = driftwood.register("operator")
        driftwood.verify(operator)
        driftwood.stop()
        driftwood = Driftwood(program, folder, "--set", f"AdminUserIds={operator['user']['id']}")
        ask(driftwood, folder)
    finally:
        driftwood.stop()


def ask(driftwood, folder):
    (folder / "openapi.json").write_bytes(urllib.request.urlopen(driftwood.url + "/openapi.json", timeout=20).read())
    subprocess.run([TOOLS / "openapi-spec-validator", folder / "openapi.json"], check=True)

    user = driftwood.register("person")
    token = user["access_token"]
    usual = ["authorization_code", "refresh_token", "client_credentials"]
    asker = {"name": "Asker", "redirect_uris": ["https://app.example/callback"], "grant_types": usual}
    app = driftwood.post("/api/oauth-apps-create", asker, token)
    client = {"client_id": app["app"]["client_id"], "client_secret": app["client_secret"]}
    grants = ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"]
    consenting = {"name": "Device", "redirect_uris": ["https://app.example/callback"], "scopes": ["openid"], "grant_types": grants}
    device = driftwood.post("/api/oauth-apps-create", consenting, token)
    registered = driftwood.post("/oauth2/register", {"redirect_uris": ["https://app.example/callback"]})
    other = driftwood.post("/api/oauth-apps-create", {"name": "Changed"}, token)["app"]["id"]
    ended = driftwood.post("/api/oauth-apps-create", {"name": "Ended"}, token)["app"]["id"]
    receiver = {"url": "https://receiver.example/driftwood", "types": ["*"]}
    webhook, tested, removed = (driftwood.post(f"/api/v1/apps/{other}/webhooks", receiver, token)["id"] for _ in range(3))
    message = driftwood.post(f"/api/v1/apps/{other}/webhooks/{tested}/test", {}, token)["id"]
    contact = driftwood.post("/api/contacts-create", {"email": "ada@example.com"}, token)["contact"]["id"]
    dropped = driftwood.post("/api/contacts-create", {"email": "grace@example.com"}, token)["contact"]["id"]
    other_user = driftwood.register("stranger")["user"]["id"]
    key = driftwood.post("/register", {"user_id": "script", "user_secret": PASSWORD})["user_key"]
    key_tokens = driftwood.post("/authenticate", {"user_key": key, "user_secret": PASSWORD})
    asking = {"client_id": device["app"]["client_id"], "redirect_uri": "https://app.example/callback"}
    known = {
        "auth-login": {"email": "person@example.com", "password": PASSWORD},
        "auth-change-email": {"password": PASSWORD},
        "auth-change-password": {"current_password": PASSWORD},
        "users-delete": {"password": PASSWORD},
        "contacts-update": {"id": contact},
        "contacts-delete": {"id": dropped},
        "oauth-apps-update": {"id": other},
        "oauth-apps-rotate-secret": {"id": other},
        "oauth-apps-revoke": {"id": ended},
        "v1-apps-get-one": {"appId": other},
        "v1-apps-delete": {"appId": ended},
        "users-disable": {"id": other_user},
        "users-enable": {"id": other_user},
        "users-verify": {"id": other_user},
        "oauth-register-get": {"client_id": registered["client_id"]},
        "oauth-register-put": {"client_id": registered["client_id"]},
        "oauth-register-delete": {"client_id": registered["client_id"]},
        "auth-refresh-token": {"refresh_token": user["refresh_token"]},
        "v1-app-config-get": {"appId": other},
        "v1-app-config-patch": {"appId": other},
        "v1-app-commands": {"appId": other},
        "v1-app-webhooks-get": {"appId": other},
        "v1-app-webhooks-post": {"appId": other},
        **{f"v1-app-webhooks-{name}": {"appId": other, "webhookId": webhook} for name in ("get-one", "patch", "secret")},
        "v1-app-webhooks-test": {"appId": other, "webhookId": tested},
        "v1-app-webhooks-resend": {"appId": other, "webhookId": tested, "message_id": message},
        "v1-app-webhooks-delete": {"appId": other, "webhookId": removed},
        "key-authenticate": {"user_key": key, "user_secret": PASSWORD},
        "key-refresh": {"refresh_token": key_tokens["refresh_token"]},
        **{name: asking for name in ("oauth-authorize", "oauth-authorize-short", "oauth-authorize-v1")},
        "oauth-token-json": client,
    }
    variables = {
        "KNOWN": json.dumps(known),
        "ANSWERS": str(folder / "answers"),
        "USER_TOKEN": token,
        "APP": driftwood.post("/api/oauth-token", {"grant_type": "client_credentials", **client})["access_token"],
        "CLIENT_ID": client["client_id"],
        "CLIENT_SECRET": client["client_secret"],
        "REGISTRATION": registered["registration_access_token"],
        "BROWSER": driftwood.sign_in_at_the_page("person"),
    }

    def asks(names, **others):
        only = [word for name in names for word in ("--include-operation-id", name)]
        schemathesis(driftwood, folder, variables | others, *only)

    without_endings = [word for name in ENDINGS + REGISTRATIONS for word in ("--exclude-operation-id", name)]
    schemathesis(driftwood, folder, variables, *without_endings)
    of_apps = [word for tag in ("Contacts", "Events", "Management", "Profile") for word in ("--include-tag", tag)]
    schemathesis(driftwood, folder, variables | {"USER_TOKEN": variables["APP"]}, *of_apps)
    asks(["oauth-device", "oauth-par"], CLIENT_ID=device["app"]["client_id"], CLIENT_SECRET=device["client_secret"])
    asks(REGISTRATIONS[:2])
    asks(REGISTRATIONS[2:])
    operator = driftwood.post("/api/auth-login", {"email": "operator@example.com", "password": PASSWORD})
    operators = ["users-list", "users-import", "users-disable", "users-enable", "users-verify", "audit-list", "mails-list", "mails-resend"]
    asks(operators, USER_TOKEN=operator["access_token"])
    for name in ENDINGS:
        asks([name], USER_TOKEN=driftwood.register(f"leaving.{name}")["access_token"])
    succeeded(folder)


def succeeded(folder):
    """Checks that every endpoint succeeded at least once: a test with refusals only shows little."""
    answers = collections.defaultdict(collections.Counter)
    for line in (folder / "answers").read_text().splitlines():
        name, status = line.split()
        answers[ALIAS.sub("", name)][int(status)] += 1
    document = json.loads((folder / "openapi.json").read_text())
    names = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]
    refused = [name for name in names if not any(status < 400 for status in answers[ALIAS.sub("", name)])]
    wrong = {name: dict(answers[ALIAS.sub("", name)]) for name in refused if not LATE.fullmatch(name)}
    if wrong:
        sys.exit(f"refusals only: {json.dumps(wrong, indent=1)}")
    print(f"{len(names)} endpoints answered {sum(sum(counter.values()) for counter in answers.values())} requests; of {len(refused)} that need a flow, refusals only")


main(sys.argv[1])
