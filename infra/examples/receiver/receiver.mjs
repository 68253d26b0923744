// Receives webhooks: verifies each message, takes each once, prints it, and says which are missing.
// SECRET is the secret that was shown when the webhook was created; PORT is 9000 without it.

import { createServer } from "node:http";
import { Webhook, WebhookVerificationError } from "standardwebhooks";

const webhook = new Webhook(process.env.SECRET);
const port = Number(process.env.PORT ?? 9000);
const longest = 64 * 1024;

// A real receiver stores both with what it did, in one transaction: a message may come again.
const taken = new Set();
// The highest `sequence` of each account.
const last = new Map();

async function bodyOf(request) {
  const parts = [];
  let length = 0;
  for await (const part of request) {
    length += part.length;
    if (length > longest) return null;
    parts.push(part);
  }
  // The signature is of these bytes: a body that was parsed and written again has others.
  return Buffer.concat(parts).toString();
}

// Says which events of an account did not arrive: they are late or lost, or of types that the webhook does not want.
function noticeGap({ account_id: account, sequence }) {
  if (sequence === undefined) return;
  const before = last.get(account) ?? sequence - 1;
  if (sequence > before + 1) {
    console.log(`gap in ${account}: ${before + 1} to ${sequence - 1}; a token of its user reads on from ${before}:`);
    console.log(`curl -X POST $HOST/api/events-list -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" -d '{"cursor": ${before}}'`);
  }
  last.set(account, Math.max(before, sequence));
}

const server = createServer(async (request, response) => {
  const body = request.method === "POST" ? await bodyOf(request) : null;
  if (body === null) {
    response.writeHead(400).end();
    return;
  }
  let event;
  try {
    event = webhook.verify(body, request.headers);
  } catch (error) {
    if (!(error instanceof WebhookVerificationError)) throw error;
    console.log(`refused: ${error.message}`);
    response.writeHead(401).end();
    return;
  }
  if (!taken.has(event.id)) {
    taken.add(event.id);
    console.log(`${event.type} ${event.id}`);
    noticeGap(event);
  }
  response.writeHead(204).end();
});

server.listen(port, "127.0.0.1", () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
