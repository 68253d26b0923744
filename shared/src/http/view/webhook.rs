//! A webhook, as the management API and exports show it.

use serde::Serialize;

use crate::domain::client::id::AppId;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::webhook::api_version::ApiVersion;
use crate::domain::webhook::event_types::Pattern;
use crate::domain::webhook::failing::Failing;
use crate::domain::webhook::{State, Webhook, WebhookId, Why};

/// A webhook without its secret.
#[derive(Serialize)]
pub struct WebhookView {
    id: WebhookId,
    url: String,
    types: Vec<String>,
    api_version: ApiVersion,
    enabled: bool,
    disabled: Option<DisabledView>,
    failing: Option<FailingView>,
    previous_secret_until: Option<String>,
    created_at: String,
}

#[derive(Serialize)]
struct DisabledView {
    why: Why,
    since: String,
}

#[derive(Serialize)]
struct FailingView {
    since: String,
    failures: u32,
    next_at: String,
}

impl WebhookView {
    /// The webhook as it is now.
    pub fn new(webhook: &Webhook, now: Timestamp) -> Self {
        let disabled = match webhook.state {
            State::Enabled => None,
            State::Disabled { why, since } => Some(DisabledView { why, since: since.to_rfc3339() }),
        };
        Self {
            id: webhook.id,
            url: webhook.url.as_url().to_string(),
            types: webhook.types.patterns().iter().map(Pattern::as_str).map(str::to_owned).collect(),
            api_version: webhook.api_version,
            enabled: disabled.is_none(),
            disabled,
            failing: webhook.failing.map(FailingView::from),
            previous_secret_until: webhook.secrets.before_until(now).map(Timestamp::to_rfc3339),
            created_at: webhook.created_at.to_rfc3339(),
        }
    }
}

impl From<Failing> for FailingView {
    fn from(failing: Failing) -> Self {
        let Failing { since, failures, next_at } = failing;
        Self { since: since.to_rfc3339(), failures, next_at: next_at.to_rfc3339() }
    }
}

/// A webhook with its app.
#[derive(Serialize)]
pub struct AppWebhookView {
    app_id: AppId,
    #[serde(flatten)]
    webhook: WebhookView,
}

impl AppWebhookView {
    /// The webhook as it is now.
    pub fn new(app_id: AppId, webhook: &Webhook, now: Timestamp) -> Self {
        Self { app_id, webhook: WebhookView::new(webhook, now) }
    }
}
