take() { sed -n 's/.*"'"$1"'":"\([^"]*\)".*/\1/p'; }

TOKEN=$(curl -sS -X POST $HOST/api/auth-register \
  -H "Content-Type: application/json" \
  -d '{"email": "webhooks@example.com", "password": "your-secure-password", "name": "Your Name"}' | take access_token)

APP=$HOST/api/v1/apps/$(curl -sS -X POST $HOST/api/v1/apps \
  -H "Authorization: Bearer $TOKEN" \
  -H "Content-Type: application/json" \
  -d '{"name": "Orders", "redirect_uris": ["https://receiver.example/callback"], "scopes": ["openid", "event_read"]}' | take id)

ANSWER=$(curl -sS -X POST $APP/webhooks \
  -H "Authorization: Bearer $TOKEN" \
  -H "Content-Type: application/json" \
  -d '{"url": "https://receiver.example/driftwood", "types": ["order.*", "job.finished"]}')
echo "$ANSWER"
WEBHOOK=$APP/webhooks/$(echo "$ANSWER" | take id)

curl -X POST $WEBHOOK/test -H "Authorization: Bearer $TOKEN"
