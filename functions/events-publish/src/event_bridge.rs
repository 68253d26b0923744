//! Amazon EventBridge.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use lambda_http::http::HeaderValue;
use serde::{Deserialize, Serialize};
use shared::aws::protocol::Protocol;
use shared::aws::service::Service;
use shared::aws::transport::Transport;
use shared::config::AwsConfig;
use shared::fault::Fault;

use crate::entry::Entry;

const EVENTS: Protocol = Protocol { name: "events", media_type: "application/x-amz-json-1.1" };

/// What takes events: EventBridge, or a bus on a laptop.
pub trait PutEvents: Send + Sync {
    /// Puts at most ten entries; returns the places of those that were not taken, in order.
    ///
    /// # Errors
    ///
    /// [`Fault`] when none was taken, or that is unknown.
    fn put<'s>(&'s self, entries: &'s [Entry]) -> BoxFuture<'s, Result<Vec<usize>, Fault>>;
}

/// A client for EventBridge: one request in JSON, by our own client.
pub struct EventBridge(Service);

/// The request of `PutEvents`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Request<'e> {
    entries: &'e [Entry],
}

/// Its response, with one result for each entry.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Response {
    entries: Vec<Outcome>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Outcome {
    error_code: Option<String>,
}

impl EventBridge {
    /// A client; nothing is sent yet.
    pub fn new(aws: &AwsConfig, transport: Arc<dyn Transport>) -> Self {
        let endpoint = aws.event_bridge_endpoint.as_deref();
        Self(Service::new(aws, EVENTS, endpoint, aws.backoff, transport))
    }
}

impl PutEvents for EventBridge {
    fn put<'s>(&'s self, entries: &'s [Entry]) -> BoxFuture<'s, Result<Vec<usize>, Fault>> {
        const TARGET: HeaderValue = HeaderValue::from_static("AWSEvents.PutEvents");
        Box::pin(async move {
            let body = serde_json::to_vec(&Request { entries }).map_err(Fault::broken)?;
            let body = self.0.call(TARGET, body.into()).await.map_err(Fault::unavailable)?;
            let response: Response = serde_json::from_slice(&body).map_err(Fault::broken)?;
            let outcomes = response.entries.into_iter().enumerate();
            let refused = outcomes.filter_map(|(at, outcome)| outcome.error_code.map(|code| (at, code)));
            Ok(refused
                .map(|(at, code)| {
                    tracing::warn!(code, "the event bus did not take an event");
                    at
                })
                .collect())
        })
    }
}
