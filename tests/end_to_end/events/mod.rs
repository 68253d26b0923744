//! `POST /v2/event` and `POST /api/events-list`

pub mod built_in;
mod create;
pub mod faults;
mod idempotency;
mod list;
mod order;
pub mod publish;

use aws_sdk_dynamodb::types::AttributeValue;
use reqwest::Method;
use serde_json::{Value, json};
use shared::domain::event::built_in::BuiltIn;

use crate::harness::{Alice, Reply, TestServer};

/// An event with an order number.
pub fn order(number: usize) -> Value {
    json!({"type": "order.placed", "data": {"number": number}})
}

impl TestServer {
    /// Posts an event with an access token.
    pub async fn post_event_as(&self, token: &str, headers: &[(&str, &str)], body: Value) -> Reply {
        let bearer = format!("Bearer {token}");
        let mut all = vec![("content-type", "application/json"), ("authorization", bearer.as_str())];
        all.extend(headers);
        self.send(Method::POST, "/v2/event", &all, body.to_string()).await
    }

    /// Posts an event and asserts success.
    pub async fn event(&self, alice: &Alice, body: Value) -> Value {
        let reply = self.post_event_as(&alice.access_token, &[], body).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
        reply.json()
    }

    /// Moves the counter of the user's account, as functions that this process knows nothing of would.
    pub async fn move_counter(&self, alice: &Alice, to: u64) {
        let key = |text: String| AttributeValue::S(text);
        let update = self.server.dynamodb.update_item().table_name(self.server.table("Events"));
        let update =
            update.key("pk", key(format!("account#{}", account_of(alice)))).key("sk", key("counter".to_owned()));
        let update = update.update_expression("SET #sequence = :n").expression_attribute_names("#sequence", "sequence");
        let update = update.expression_attribute_values(":n", AttributeValue::N(to.to_string()));
        update.send().await.expect("a write");
    }

    /// The events that were posted to the user's account, in order.
    pub async fn events(&self, alice: &Alice) -> Vec<Value> {
        self.all_events(alice).await.into_iter().filter(is_posted).collect()
    }

    /// All events of the user's account, in order, page by page.
    pub async fn all_events(&self, alice: &Alice) -> Vec<Value> {
        let (mut events, mut cursor) = (Vec::new(), Value::Null);
        loop {
            let page = self.post_as(&alice.access_token, "events-list", json!({"cursor": cursor})).await.result();
            events.extend(page["events"].as_array().unwrap().iter().cloned());
            cursor = page["next_cursor"].clone();
            if cursor.is_null() {
                return events;
            }
        }
    }
}

/// The account of a user.
pub fn account_of(alice: &Alice) -> String {
    alice.claims()["account_id"].as_str().expect("an account").to_owned()
}

/// Whether an event was posted, and not recorded by the server itself.
pub fn is_posted(event: &Value) -> bool {
    BuiltIn::named(event["type"].as_str().unwrap()).is_none()
}

/// The number of the first event that a user posts: before it, they registered.
pub const FIRST: u64 = 2;

/// The sequence numbers of events.
pub fn sequences(events: &[Value]) -> Vec<u64> {
    events.iter().map(|event| event["sequence"].as_u64().unwrap()).collect()
}

/// The numbers of orders.
pub fn numbers(events: &[Value]) -> Vec<u64> {
    events.iter().map(|event| event["data"]["number"].as_u64().unwrap()).collect()
}
