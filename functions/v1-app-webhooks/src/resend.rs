//! Messages that are sent to a webhook again.

use lambda_http::http::StatusCode;
use shared::domain::audit::AuditAction;
use shared::domain::input::fields::Fields;
use shared::domain::types::timestamp::Timestamp;
use shared::domain::webhook::WebhookId;
use shared::domain::webhook::delivery::{Delivery, MessageId};
use shared::domain::webhook::resending::{Resending, Resent, Which};
use shared::http::error::api::ApiError;
use shared::http::error::resource::ResourceError;
use shared::http::{Request, Response, reply};

use crate::settings::Settings;
use crate::view::ResentView;

/// How many attempts are read at first for the message of one: its own are mostly the first after it was created.
const FEW: usize = 100;
/// How many attempts are read at most. Ten seconds have fewer, because DynamoDB writes a thousand a second.
const MOST: usize = 10_000;

/// What is sent again.
enum What {
    /// This message.
    One(MessageId),
    /// Those that were attempted since this time.
    Since(Timestamp, Which),
}

impl What {
    fn parse(mut body: Fields) -> Result<Self, ApiError> {
        let is_one = body.has("message_id");
        if is_one {
            for name in ["since", "which"] {
                if body.has(name) {
                    body.mistake::<()>(name, "must not be beside message_id".to_owned());
                }
            }
        } else if !body.has("since") {
            body.mistake::<()>("message_id", "is required, or since".to_owned());
        }
        let id = |text: &str| MessageId::parse(text).ok_or_else(|| "must be the message_id of an attempt".to_owned());
        let one = body.optional("message_id", id).map(Self::One);
        let since = body.optional("since", Timestamp::parse_rfc3339);
        let which = body.optional("which", Which::parse).unwrap_or_default();
        Ok(body.finish(|| one.or_else(|| Some(Self::Since(since?, which))))?)
    }

    /// The messages.
    async fn read(&self, settings: &Settings<'_>, webhook: WebhookId) -> Result<Resending, ApiError> {
        let (webhooks, now) = (&settings.app.stores.webhooks, settings.now);
        match *self {
            Self::Since(since, which) => {
                let attempts = webhooks.attempts_since(webhook, since, MOST, now).await?;
                Ok(Resending::of(&attempts, attempts.len() < MOST, which))
            }
            Self::One(id) => {
                for most in [FEW, MOST] {
                    let attempts = webhooks.attempts_since(webhook, id.generated_at(), most, now).await?;
                    let found = attempts.iter().filter(|attempt| attempt.message_id == id).find_map(Resent::of);
                    if let Some(message) = found {
                        return Ok(Resending::one(message));
                    }
                    if attempts.len() < most {
                        break;
                    }
                }
                Err(ApiError::not_found("The message was not attempted in the last seven days"))
            }
        }
    }
}

/// Puts messages that were attempted before into the queue again, which the table's stream sends at once. Repeated, it adds
/// them once more: a message comes twice, and none is lost.
pub(crate) async fn resend(
    settings: &Settings<'_>,
    id: WebhookId,
    request: &Request,
) -> Result<Response, ResourceError> {
    settings.ensure_changeable()?;
    let what = What::parse(request.json()?)?;
    settings.ensure_enabled(id).await?;
    let resending = what.read(settings, id).await?;
    if !resending.messages.is_empty() {
        // First, so that nothing is sent again that is not in the trail.
        settings.app.stores.audit.record(&settings.event(AuditAction::WebhookResent).about(id)).await?;
        let again = |Resent { id: message_id, message }: &Resent| {
            Delivery::of_resent(settings.id, id, *message_id, message.clone(), settings.now)
        };
        let works: Vec<_> = resending.messages.iter().map(again).collect();
        settings.app.stores.webhooks.queue.add_all(&works).await?;
    }
    Ok(reply::json(StatusCode::ACCEPTED, &ResentView::new(&resending)))
}
