//! The JSON of responses.

use serde::Serialize;
use shared::domain::crypto::secret::Secret;
use shared::domain::delivery::WorkId;
use shared::domain::types::timestamp::Timestamp;
use shared::domain::webhook::Webhook;
use shared::domain::webhook::attempt::{Attempt, AttemptId, Outcome};
use shared::domain::webhook::delivery::MessageId;
use shared::domain::webhook::resending::Resending;
use shared::http::view::webhook::WebhookView;

/// All webhooks of an app.
#[derive(Serialize)]
pub(crate) struct Webhooks {
    webhooks: Vec<WebhookView>,
}

impl Webhooks {
    pub(crate) fn new(webhooks: &[Webhook], now: Timestamp) -> Self {
        Self { webhooks: webhooks.iter().map(|webhook| WebhookView::new(webhook, now)).collect() }
    }
}

/// A webhook with its secret, which is shown once.
#[derive(Serialize)]
pub(crate) struct WithSecret {
    #[serde(flatten)]
    webhook: WebhookView,
    secret: String,
}

impl WithSecret {
    pub(crate) fn new(webhook: WebhookView, secret: &Secret) -> Self {
        Self { webhook, secret: secret.expose().to_owned() }
    }
}

/// A webhook with a page of its attempts.
#[derive(Serialize)]
pub(crate) struct WithAttempts {
    #[serde(flatten)]
    webhook: WebhookView,
    attempts: Vec<AttemptView>,
    next_cursor: Option<String>,
}

impl WithAttempts {
    pub(crate) fn new(webhook: WebhookView, attempts: Vec<Attempt>, next: Option<AttemptId>) -> Self {
        let attempts = attempts.into_iter().map(AttemptView::from).collect();
        Self { webhook, attempts, next_cursor: next.map(|id| id.to_string()) }
    }
}

#[derive(Serialize)]
struct AttemptView {
    id: String,
    message_id: MessageId,
    #[serde(rename = "type")]
    kind: String,
    at: String,
    milliseconds: u32,
    status: Option<u16>,
    body: Option<String>,
    reason: Option<String>,
}

impl From<Attempt> for AttemptView {
    fn from(attempt: Attempt) -> Self {
        let (status, body, reason) = match attempt.outcome {
            Outcome::Answered { status, body } => (Some(status), Some(body), None),
            Outcome::Unreachable { reason } => (None, None, Some(reason)),
        };
        Self {
            id: attempt.id.to_string(),
            message_id: attempt.message_id,
            kind: attempt.kind,
            at: attempt.at.to_rfc3339(),
            milliseconds: attempt.milliseconds,
            status,
            body,
            reason,
        }
    }
}

/// A message that waits to be sent.
#[derive(Serialize)]
pub(crate) struct Queued {
    id: WorkId,
}

impl Queued {
    pub(crate) const fn new(id: WorkId) -> Self {
        Self { id }
    }
}

/// The messages that are sent again.
#[derive(Serialize)]
pub(crate) struct ResentView {
    resent: usize,
    next_since: Option<String>,
}

impl ResentView {
    pub(crate) fn new(resending: &Resending) -> Self {
        Self { resent: resending.messages.len(), next_since: resending.next_since.map(Timestamp::to_rfc3339) }
    }
}
