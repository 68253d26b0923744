#!/usr/bin/env bash
# standardwebhooks 1.1.0 (PyPI): `sign` takes the digits of a time as UTC, whatever its zone.
#
# `Webhook.sign(msg_id, timestamp, data)` wants a `datetime`. A good guess is that two values for the same instant give the same signature, as
# they compare equal, and as the same project's library for JavaScript does with a `Date`. It replaces the zone instead of converting to it:
# noon in Berlin is signed as noon in UTC. A sender that puts the instant into `webhook-timestamp` (`int(time.timestamp())`) sends a signature
# that no library accepts, the same one included, and only where its clock's zone is not UTC: a container in UTC works, a laptop does not. The same
# holds for a naive local time. So a sender in Python has to pass `datetime.now(timezone.utc)`.
#
# Seen here: the same instant as UTC and as Berlin time gives two signatures; the receiver accepts the first and refuses the second. standardwebhooks
# 1.1.1 for JavaScript makes the first one of the instant.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check standardwebhooks==1.1.0
npm install --silent --no-audit --no-fund --prefix . standardwebhooks@1.1.1 >npm.txt 2>&1

cat >seen.py <<'PYTHON'
import base64
import sys
import time
from datetime import datetime, timedelta, timezone

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

webhook = Webhook("whsec_" + base64.b64encode(bytes(range(24))).decode())
body = '{"type":"order.placed"}'
seconds = int(time.time())
in_utc = datetime.fromtimestamp(seconds, tz=timezone.utc)
in_berlin = in_utc.astimezone(timezone(timedelta(hours=2)))
assert in_utc == in_berlin

for name, moment in (("UTC", in_utc), ("Berlin", in_berlin)):
    signature = webhook.sign("msg_1", moment, body)
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(seconds), "webhook-signature": signature}
    try:
        webhook.verify(body, headers)
        print(name, "accepted", signature)
    except WebhookVerificationError:
        print(name, "refused", signature)
print(seconds, file=sys.stderr)
PYTHON
venv/bin/python seen.py >python.txt 2>seconds.txt
cat >seen.js <<'JS'
const { Webhook } = require("standardwebhooks");
const webhook = new Webhook("whsec_" + Buffer.from([...Array(24).keys()]).toString("base64"));
console.log(webhook.sign("msg_1", new Date(Number(process.argv[2]) * 1000), '{"type":"order.placed"}'));
JS
javascript=$(node seen.js "$(cat seconds.txt)")
cut -d' ' -f1,2 python.txt
[ "$(sed -n 's/^UTC accepted //p' python.txt)" = "$javascript" ]
grep -q '^Berlin refused ' python.txt
[ "$(sed -n 's/^Berlin refused //p' python.txt)" != "$javascript" ]
echo "JavaScript signs the instant as Python signs the time in UTC"
