#!/usr/bin/env bash
# standardwebhooks 1.1.0 (PyPI) and 1.1.1 (npm), and libraries/go v0.0.1 of the same project: `verify` of the first two also parses the body.
#
# The scheme signs an id, a time and the bytes of the body, whatever they are. A good guess is that `verify` says whether the signature is right, and
# raises the library's own error, `WebhookVerificationError`, if it is not. In Python and JavaScript it then parses the body as JSON and returns
# the value. A text that is signed correctly raises the error of the parser (`JSONDecodeError`, `SyntaxError`), which a handler of
# `WebhookVerificationError` does not catch: the receiver answers 500 where it meant to answer 2xx or 401, and the sender tries again. The library
# for Go returns no value, parses nothing and accepts the text. In JavaScript, an empty body is the exception: it is accepted, and the value is
# `undefined`; in Python it is an error of the parser too.
#
# So a sender must have JSON in every message, a ping as well, and a receiver in these two languages has two errors to expect.
#
# Seen here: of the bodies `{"a":1}`, `hello` and an empty one, each signed correctly, Python accepts the first, JavaScript the first and the last, Go
# all three.
set -euo pipefail

folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check standardwebhooks==1.1.0
npm install --silent --no-audit --no-fund --prefix . standardwebhooks@1.1.1 >npm.txt 2>&1

cat >seen.py <<'PYTHON'
import base64
import hashlib
import hmac
import json
import time

from standardwebhooks.webhooks import Webhook

key = bytes(range(24))
secret = "whsec_" + base64.b64encode(key).decode()
messages = []
for name, body in (("JSON", '{"a":1}'), ("text", "hello"), ("empty", "")):
    moment = str(int(time.time()))
    signature = hmac.new(key, f"msg_1.{moment}.{body}".encode(), hashlib.sha256).digest()
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": moment,
        "webhook-signature": "v1," + base64.b64encode(signature).decode(),
    }
    messages.append({"name": name, "body": body, "headers": headers})
    try:
        print(name, "accepted", Webhook(secret).verify(body, headers))
    except Exception as error:
        print(name, type(error).__name__)
with open("messages.json", "w") as file:
    json.dump({"secret": secret, "messages": messages}, file)
PYTHON
cat >seen.js <<'JS'
const { Webhook } = require("standardwebhooks");
const { secret, messages } = require("./messages.json");
for (const { name, body, headers } of messages) {
  try {
    console.log(name, "accepted", JSON.stringify(new Webhook(secret).verify(body, headers)));
  } catch (error) {
    console.log(name, error.constructor.name);
  }
}
JS
mkdir receiver
cat >receiver/main.go <<'GO'
package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

func main() {
	var given struct {
		Secret   string
		Messages []struct {
			Name, Body string
			Headers    map[string]string
		}
	}
	text, err := os.ReadFile("../messages.json")
	if err == nil {
		err = json.Unmarshal(text, &given)
	}
	webhook, wrong := webhooks.NewWebhook(given.Secret)
	if err != nil || wrong != nil {
		fmt.Fprintln(os.Stderr, err, wrong)
		os.Exit(1)
	}
	for _, message := range given.Messages {
		headers := http.Header{}
		for name, value := range message.Headers {
			headers.Set(name, value)
		}
		if err := webhook.Verify([]byte(message.Body), headers); err != nil {
			fmt.Println(message.Name, err)
		} else {
			fmt.Println(message.Name, "accepted")
		}
	}
}
GO
printf 'module receiver\n\ngo 1.21\n\nrequire github.com/standard-webhooks/standard-webhooks/libraries v0.0.1\n' >receiver/go.mod

echo Python && venv/bin/python seen.py | tee python.txt
echo JavaScript && node seen.js | tee javascript.txt
export GOPATH=$folder/go GOCACHE=$folder/cache GOFLAGS=-mod=mod
echo Go && (cd receiver && go run .) | tee go.txt

diff - python.txt <<'SEEN'
JSON accepted {'a': 1}
text JSONDecodeError
empty JSONDecodeError
SEEN
diff - javascript.txt <<'SEEN'
JSON accepted {"a":1}
text SyntaxError
empty accepted undefined
SEEN
diff - go.txt <<'SEEN'
JSON accepted
text accepted
empty accepted
SEEN
