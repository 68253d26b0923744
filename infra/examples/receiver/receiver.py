"""Receives webhooks: verifies each message, takes each once, prints it, and says which are missing.

SECRET is the secret that was shown when the webhook was created; PORT is 9000 without it.
"""

import os
from http.server import BaseHTTPRequestHandler, HTTPServer

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

WEBHOOK = Webhook(os.environ["SECRET"])
LONGEST = 64 * 1024

# A real receiver stores both with what it did, in one transaction: a message may come again.
TAKEN = set()
# The highest `sequence` of each account.
LAST = {}


def notice_gap(account, sequence):
    """Says which events of an account did not arrive: they are late or lost, or of types that the webhook does not want."""
    before = LAST.get(account, sequence - 1)
    if sequence > before + 1:
        print(f"gap in {account}: {before + 1} to {sequence - 1}; a token of its user reads on from {before}:", flush=True)
        print(
            'curl -X POST $HOST/api/events-list -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" '
            f"-d '{{\"cursor\": {before}}}'",
            flush=True,
        )
    LAST[account] = max(before, sequence)


class Receiver(BaseHTTPRequestHandler):
    """One request for each message."""

    def do_POST(self):  # noqa: N802, the name that http.server calls
        length = int(self.headers.get("content-length", 0))
        if length > LONGEST:
            self.answer(400)
            return
        # The signature is of these bytes: a body that was parsed and written again has others.
        body = self.rfile.read(length)
        try:
            event = WEBHOOK.verify(body, dict(self.headers.items()))
        except WebhookVerificationError as error:
            print(f"refused: {error}", flush=True)
            self.answer(401)
            return
        if event["id"] not in TAKEN:
            TAKEN.add(event["id"])
            print(event["type"], event["id"], flush=True)
            if "sequence" in event:
                notice_gap(event["account_id"], event["sequence"])
        self.answer(204)

    def answer(self, status):
        """Answers without a body."""
        self.send_response(status)
        self.end_headers()

    def log_message(self, *_):
        """Prints nothing for a request."""


if __name__ == "__main__":
    server = HTTPServer(("127.0.0.1", int(os.environ.get("PORT", "9000"))), Receiver)
    print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
