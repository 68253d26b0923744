//! The streams of the tables: what a request changes in a table calls the functions of its stream.
//!
//! On AWS a stream is a moment late. Here its functions have run before the client gets the response.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

use crate::background::BackgroundFunction;
use crate::changed::{Change, watch};
use crate::stack::{Stack, Stream, StreamView};

/// A function that a stream calls.
struct Subscription {
    stream: Stream,
    function: Arc<BackgroundFunction>,
    /// The records that the function is given again, before any other.
    left: Mutex<Vec<Value>>,
}

/// The functions that the streams of a stack call.
pub struct Streams(Vec<Subscription>);

impl Streams {
    /// The streams of this stack, for these functions.
    pub fn new(stack: &Stack, background: &BTreeMap<String, Arc<BackgroundFunction>>) -> Self {
        let subscription = |stream: Stream| {
            let function = Arc::clone(background.get(&stream.function)?);
            Some(Subscription { stream, function, left: Mutex::default() })
        };
        Self(stack.streams().filter_map(subscription).collect())
    }

    /// Runs something, and then the functions whose streams have what it changed.
    pub async fn follow<F: Future>(&self, run: F) -> F::Output {
        let (output, changed) = watch(run).await;
        self.call_for(changed).await;
        output
    }

    /// Calls the functions whose streams have what was changed, until none has what those changed.
    pub async fn call_for(&self, mut changed: Vec<Change>) {
        while !changed.is_empty() {
            let mut further = Vec::new();
            for subscription in &self.0 {
                further.extend(subscription.call_for(&changed).await);
            }
            changed = further;
        }
    }
}

impl Subscription {
    /// Calls the function with what was changed, after what it was given before and did not take; returns what it changed
    /// itself.
    async fn call_for(&self, changed: &[Change]) -> Vec<Change> {
        let mut records = std::mem::take(&mut *self.left.lock().unwrap_or_else(PoisonError::into_inner));
        let before = records.len();
        records.extend(changed.iter().filter_map(|change| self.record(change)));
        if records.len() == before {
            *self.left.lock().unwrap_or_else(PoisonError::into_inner) = records;
            return Vec::new();
        }
        let (response, further) = self.function.take_turn(json!({ "Records": records })).await;
        if let Some(first) = response.pointer("/batchItemFailures/0/itemIdentifier") {
            let from = records.iter().position(|record| record.pointer("/dynamodb/SequenceNumber") == Some(first));
            self.left.lock().unwrap_or_else(PoisonError::into_inner).extend(records.drain(from.unwrap_or(0)..));
        }
        further
    }

    /// The record of a change, if it is in this stream and calls this function. A function with several filters is called for
    /// what matches one of them.
    fn record(&self, change: &Change) -> Option<Value> {
        static NUMBER: AtomicU64 = AtomicU64::new(1);
        let number = NUMBER.fetch_add(1, Ordering::SeqCst).to_string();
        let mut record = json!({
            "eventID": crate::random_id(),
            "eventName": change.event_name(),
            "eventSource": "aws:dynamodb",
            "eventSourceARN": self.stream.arn,
            "dynamodb": {"Keys": change.keys, "SequenceNumber": number},
        });
        let images = [
            ("OldImage", &change.old, self.stream.view == StreamView::Both),
            ("NewImage", &change.new, self.stream.view != StreamView::Keys),
        ];
        if let Some(members) = record.get_mut("dynamodb").and_then(Value::as_object_mut) {
            for (name, image, _) in images.into_iter().filter(|(.., is_shown)| *is_shown) {
                members.extend(image.clone().map(|image| (name.to_owned(), image)));
            }
        }
        let Stream { table, filters, .. } = &self.stream;
        let calls = filters.is_empty() || filters.iter().any(|filter| filter.matches(&record));
        (change.table == *table && calls).then_some(record)
    }
}
