//! The settings of a webhook, as requests have them.

use serde_json::Value;
use shared::domain::event::EventType;
use shared::domain::input::fields::Fields;
use shared::domain::types::timestamp::Timestamp;
use shared::domain::webhook::api_version::ApiVersion;
use shared::domain::webhook::event_types::EventTypes;
use shared::domain::webhook::url::WebhookUrl;
use shared::domain::webhook::{Webhook, Why};
use shared::http::error::api::ApiError;

/// The settings of a new webhook.
pub(crate) struct New {
    pub(crate) url: WebhookUrl,
    pub(crate) types: EventTypes,
}

/// What changes of a webhook.
pub(crate) struct Change {
    url: Option<WebhookUrl>,
    types: Option<EventTypes>,
    api_version: Option<ApiVersion>,
    is_enabled: Option<bool>,
}

impl New {
    /// Reads a new webhook. Without types it gets those that the app subscribes to, if there are any.
    pub(crate) fn parse(mut body: Fields, subscriptions: &[EventType]) -> Result<Self, ApiError> {
        let url = body.required("url", WebhookUrl::parse);
        let subscribed = EventTypes::parse(subscriptions.iter().map(EventType::as_str)).ok();
        let types = match subscribed {
            Some(subscribed) => body.optional_value("types", types).or(Some(subscribed)),
            None => body.required_value("types", types),
        };
        Ok(body.finish(|| Some(Self { url: url?, types: types? }))?)
    }
}

impl Change {
    /// Reads a merge patch; no setting can be removed.
    pub(crate) fn parse(mut patch: Fields) -> Result<Self, ApiError> {
        for name in ["url", "types", "api_version", "enabled"] {
            if patch.is_null(name) {
                patch.mistake::<()>(name, "must not be null".to_owned());
            }
        }
        let url = patch.optional("url", WebhookUrl::parse);
        let types = patch.optional_value("types", types);
        let api_version = patch.optional("api_version", ApiVersion::parse);
        let is_enabled =
            patch.optional_value("enabled", |value| value.as_bool().ok_or_else(|| "must be true or false".to_owned()));
        Ok(patch.finish(|| Some(Self { url, types, api_version, is_enabled }))?)
    }

    /// Whether events would be sent to another address than now.
    pub(crate) fn moves(&self, webhook: &Webhook) -> bool {
        self.url.as_ref().is_some_and(|url| *url != webhook.url)
    }

    /// The webhook with this change. To disable and to enable again forgets what failed, and repeated it changes nothing.
    pub(crate) fn of(&self, webhook: Webhook, now: Timestamp) -> Webhook {
        let webhook = match &self.url {
            Some(url) => webhook.at(url.clone()),
            None => webhook,
        };
        let types = self.types.clone().unwrap_or_else(|| webhook.types.clone());
        let api_version = self.api_version.unwrap_or(webhook.api_version);
        let webhook = Webhook { types, api_version, ..webhook };
        match self.is_enabled {
            Some(true) => webhook.enabled(),
            Some(false) => webhook.disabled(Why::Maker, now),
            None => webhook,
        }
    }
}

fn types(value: &Value) -> Result<EventTypes, String> {
    let texts: Option<Vec<&str>> = value.as_array().and_then(|list| list.iter().map(Value::as_str).collect());
    EventTypes::parse(texts.ok_or_else(|| "must be a list of strings".to_owned())?)
}
