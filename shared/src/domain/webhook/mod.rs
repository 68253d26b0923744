//! Webhooks: an app's own addresses, to which the events of the accounts that installed it are sent.

pub mod api_version;
pub mod attempt;
pub mod delivery;
pub mod event_types;
pub mod failing;
pub mod id;
pub mod resending;
pub mod secret;
pub mod url;

pub use id::WebhookId;
use serde::{Deserialize, Serialize};

use crate::domain::types::timestamp::Timestamp;
use crate::domain::webhook::api_version::ApiVersion;
use crate::domain::webhook::event_types::EventTypes;
use crate::domain::webhook::failing::Failing;
use crate::domain::webhook::secret::Secrets;
use crate::domain::webhook::url::WebhookUrl;

/// A webhook of an app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// Where events are sent.
    pub url: WebhookUrl,
    /// Which events are sent.
    pub types: EventTypes,
    /// The shape of what is sent.
    #[serde(default = "ApiVersion::first")]
    pub api_version: ApiVersion,
    /// What signs them.
    pub secrets: Secrets,
    /// Whether events are sent.
    pub state: State,
    /// Since when all attempts fail, and when the next one may be made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing: Option<Failing>,
    /// When it was created.
    pub created_at: Timestamp,
}

/// Whether a webhook gets events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum State {
    /// It does.
    Enabled,
    /// It does not: events of this time are not sent later.
    Disabled {
        /// Why.
        why: Why,
        /// Since when.
        since: Timestamp,
    },
}

/// Why a webhook is disabled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The app's maker disabled it.
    Maker,
    /// Its receiver answered 410.
    Gone,
    /// Every attempt failed for five days.
    Failed,
}

impl Webhook {
    /// The most webhooks of an app.
    pub const MOST: usize = 10;

    /// A webhook that gets events from now on.
    pub fn new(url: WebhookUrl, types: EventTypes, now: Timestamp) -> Self {
        let (id, secrets) = (WebhookId::generate(now), Secrets::default());
        let api_version = ApiVersion::NEWEST;
        Self { id, url, types, api_version, secrets, state: State::Enabled, failing: None, created_at: now }
    }

    /// Whether events of this type are sent to it.
    pub fn wants(&self, kind: &str) -> bool {
        self.state == State::Enabled && self.types.include(kind)
    }

    /// The same webhook at this address: at a new one, what failed at the one before is forgotten.
    #[must_use]
    pub fn at(self, url: WebhookUrl) -> Self {
        let failing = self.failing.filter(|_| self.url == url);
        Self { url, failing, ..self }
    }

    /// The same webhook, enabled: what failed before is forgotten.
    pub fn enabled(self) -> Self {
        Self { state: State::Enabled, failing: None, ..self }
    }

    /// The same webhook, disabled from now on; one that is disabled already stays as it is.
    pub fn disabled(self, why: Why, now: Timestamp) -> Self {
        match self.state {
            State::Enabled => Self { state: State::Disabled { why, since: now }, ..self },
            State::Disabled { .. } => self,
        }
    }
}

/// The webhooks of an app with one of them changed; without it, they stay as they are.
pub fn with_change(webhooks: &[Webhook], id: WebhookId, change: impl Fn(Webhook) -> Webhook) -> Vec<Webhook> {
    webhooks.iter().cloned().map(|webhook| if webhook.id == id { change(webhook) } else { webhook }).collect()
}
