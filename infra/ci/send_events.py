"""Sends events to a receiver as Driftwood does, in an order of the caller's choice, which Driftwood promises to no receiver.

send_events.py PORT SECRET ACCOUNT NUMBER…, with the answer of `events-list` as standard input.
"""

import datetime
import json
import sys
import urllib.request

from standardwebhooks.webhooks import Webhook

port, secret, account, *numbers = sys.argv[1:]
events = {str(event["sequence"]): event for event in json.load(sys.stdin)["result"]["events"]}
for number in numbers:
    # Another account's event is another event.
    event_id = f"{account}-{number}"
    body = json.dumps({**events[number], "id": event_id, "account_id": account, "orgId": account})
    now = datetime.datetime.now(tz=datetime.timezone.utc)
    headers = {
        "content-type": "application/json",
        "webhook-id": event_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(event_id, now, body),
    }
    request = urllib.request.Request(f"http://127.0.0.1:{port}/", body.encode(), headers)
    status = urllib.request.urlopen(request, timeout=10).status
    if status != 204:
        sys.exit(f"the receiver answered event {number} with {status}")
