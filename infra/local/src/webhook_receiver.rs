//! A receiver of webhooks on this machine: messages to its host do not leave the process. It verifies each one and stores it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::DisplayErrorContext;
use aws_sdk_dynamodb::types::AttributeValue;
use axum::body::Bytes;
use axum::http::HeaderMap;
use futures_util::future::BoxFuture;
use serde_json::{Map, Value, json};
use shared::app::App;
use shared::domain::client::id::AppId;
use shared::domain::types::timestamp::Timestamp;
use shared::domain::webhook::Webhook;
use shared::fault::Fault;
use shared::fetch::NotFetched;
use shared::fetch::post::{PostMessage, Posted};
use url::Url;

use crate::standard_webhooks::SignedMessage;

/// Its origin: the host of the examples in the documentation. RFC 2606 §2: no such host exists on the internet.
pub const ORIGIN: &str = "https://receiver.example";
/// The maximum number of stored messages.
pub const MOST: usize = 1_000;
/// What the partition key of an app's webhooks begins with, and their sort key.
const APP: &str = "app#";
const WEBHOOKS: &str = "webhooks";

/// The receiver, with all messages in memory.
pub struct WebhookReceiver {
    /// Reads the webhooks and the key of their secrets, without injected faults.
    app: App,
    dynamodb: Client,
    /// The oldest first.
    messages: Mutex<VecDeque<ReceivedMessage>>,
}

/// A message that arrived.
#[derive(Clone, Debug)]
pub struct ReceivedMessage {
    /// The address to which it was posted.
    pub url: Url,
    /// When it arrived.
    pub received_at: Timestamp,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, exactly as it was signed.
    pub body: String,
    /// The status with which it was answered.
    pub status: u16,
    /// Why it could not be verified, if it could not.
    pub mistake: Option<String>,
}

impl ReceivedMessage {
    /// What its body has under this name; null if it has none.
    pub fn field(&self, name: &str) -> Value {
        serde_json::from_str(&self.body)
            .ok()
            .and_then(|mut body: Map<String, Value>| body.remove(name))
            .unwrap_or_default()
    }

    /// The text that its body has under this name; empty if it has none.
    pub fn text(&self, name: &str) -> String {
        self.field(name).as_str().unwrap_or_default().to_owned()
    }

    /// Its headers, as text.
    pub fn header_lines(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap_or_default()))
    }

    /// The message as JSON.
    pub fn json(&self) -> Value {
        json!({
            "url": self.url.as_str(),
            "type": self.field("type"),
            "account_id": self.field("account_id"),
            "sequence": self.field("sequence"),
            "verified": self.mistake.is_none(),
            "mistake": self.mistake,
            "status": self.status,
            "received_at": self.received_at.to_rfc3339(),
            "headers": self.header_lines().collect::<BTreeMap<_, _>>(),
            "body": self.body,
        })
    }
}

impl WebhookReceiver {
    /// A receiver that verifies by the webhooks and the key that `app` reads.
    pub fn new(app: App, dynamodb: Client) -> Self {
        Self { app, dynamodb, messages: Mutex::default() }
    }

    /// All messages, the oldest first.
    pub fn messages(&self) -> Vec<ReceivedMessage> {
        self.messages_now().iter().cloned().collect()
    }

    /// Verifies a message, stores it and returns the status of the answer.
    async fn receive(&self, url: &Url, headers: HeaderMap, body: &[u8]) -> u16 {
        let mistake = self.verify(url, &headers, body).await.err();
        let status = status_of(url.path());
        let (received_at, body) = (self.app.clock.now(), String::from_utf8_lossy(body).into_owned());
        self.store(ReceivedMessage { url: url.clone(), received_at, headers, body, status, mistake });
        status
    }

    fn store(&self, message: ReceivedMessage) {
        let mut messages = self.messages_now();
        if messages.len() == MOST {
            messages.pop_front();
        }
        messages.push_back(message);
    }

    /// Verifies that a message is signed by every current secret of a webhook with its address.
    async fn verify(&self, url: &Url, headers: &HeaderMap, body: &[u8]) -> Result<(), String> {
        let now = self.app.clock.now();
        let message = SignedMessage::read(headers, body, now)?;
        let unreadable = |fault: Fault| format!("the webhooks could not be read: {fault}");
        let webhooks = self.webhooks_at(url).await.map_err(unreadable)?;
        if webhooks.is_empty() {
            return Err("no webhook has this address".to_owned());
        }
        let key = self.app.keys.webhook().await.map_err(unreadable)?;
        let signs = |webhook: &Webhook| {
            key.secrets(webhook.id, webhook.secrets, now).all(|secret| message.is_signed_by(&secret))
        };
        match webhooks.iter().any(signs) {
            true => Ok(()),
            false => Err("it is not signed by every current secret of a webhook with this address".to_owned()),
        }
    }

    /// The webhooks with this address, of all apps. A machine of one developer has few.
    async fn webhooks_at(&self, url: &Url) -> Result<Vec<Webhook>, Fault> {
        let keys = self.dynamodb.scan().table_name(&self.app.config.tables.webhooks).projection_expression("pk");
        let keys = keys.filter_expression("sk = :webhooks");
        let keys = keys.expression_attribute_values(":webhooks", AttributeValue::S(WEBHOOKS.to_owned()));
        let keys = keys.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
        let keys = keys.map_err(|error| Fault::unavailable(DisplayErrorContext(error).to_string()))?;
        let id_of = |key: &str| AppId::parse(key.strip_prefix(APP)?);
        let apps: Vec<AppId> = keys.iter().filter_map(|key| id_of(key.get("pk")?.as_s().ok()?)).collect();
        let of_apps = self.app.stores.webhooks.of_apps(&apps).await?;
        let webhooks = of_apps.into_iter().flat_map(|(_, webhooks)| webhooks);
        Ok(webhooks.filter(|webhook| webhook.url.as_url() == url).collect())
    }

    fn messages_now(&self) -> MutexGuard<'_, VecDeque<ReceivedMessage>> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The status with which a path is answered: that of `/status/503` is 503, and every other one's is 204.
fn status_of(path: &str) -> u16 {
    let status =
        path.strip_prefix("/status/").filter(|status| status.len() == 3).and_then(|status| status.parse().ok());
    status.filter(|status| (200..=599).contains(status)).unwrap_or(204)
}

/// Posts to [`ORIGIN`] in this process, and to all other hosts by another way.
pub struct PostToReceiver {
    /// The receiver.
    pub receiver: Arc<WebhookReceiver>,
    /// The way to all others.
    pub others: Arc<dyn PostMessage>,
}

impl PostMessage for PostToReceiver {
    fn post<'a>(&'a self, url: &'a Url, headers: HeaderMap, body: Bytes) -> BoxFuture<'a, Result<Posted, NotFetched>> {
        if url.origin().ascii_serialization() != ORIGIN {
            return self.others.post(url, headers, body);
        }
        Box::pin(async move {
            let status = self.receiver.receive(url, headers, &body).await;
            Ok(Posted { status, body: Bytes::new() })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_says_with_which_status_it_is_answered() {
        for (path, expected) in [
            ("/", 204),
            ("/driftwood", 204),
            ("/status/503", 503),
            ("/status/410", 410),
            ("/status/200", 200),
            ("/status/307", 307),
            ("/status/100", 204),
            ("/status/600", 204),
            ("/status/+50", 204),
            ("/status/0503", 204),
            ("/status/503/", 204),
            ("/orders/status/503", 204),
            ("/status/", 204),
        ] {
            assert_eq!(status_of(path), expected, "{path}");
        }
    }
}
