//! An event bus on this machine: it stores the events that a deployment would put onto a bus of Amazon EventBridge.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use events_publish::{Entry, PutEvents};
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use shared::fault::Fault;

/// The maximum number of stored events.
const MOST: usize = 1_000;

/// All events, in memory.
#[derive(Default)]
pub struct EventBus(Mutex<State>);

#[derive(Default)]
struct State {
    /// The oldest first, as `PutEvents` has them.
    entries: VecDeque<Value>,
    trouble: VecDeque<BusTrouble>,
}

/// A failure of the event bus, in one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BusTrouble {
    /// It does not respond, and takes nothing.
    Unavailable,
    /// It takes everything, and its response is lost.
    AnswerLost,
    /// It takes all entries but those at these places.
    Refuses(Vec<usize>),
}

impl EventBus {
    /// All entries, the oldest first.
    pub fn entries(&self) -> Vec<Value> {
        self.state().entries.iter().cloned().collect()
    }

    /// Makes the next requests fail, one each: how tests inject faults.
    pub fn inject_faults(&self, troubles: impl IntoIterator<Item = BusTrouble>) {
        self.state().trouble = troubles.into_iter().collect();
    }

    /// Stores the entries of a request and responds like EventBridge.
    ///
    /// # Errors
    ///
    /// The injected fault.
    pub fn receive(&self, entries: Vec<Value>) -> Result<Value, Fault> {
        let mut state = self.state();
        let trouble = state.trouble.pop_front();
        if trouble == Some(BusTrouble::Unavailable) {
            return Err(Fault::unavailable("the event bus does not respond"));
        }
        let is_refused = |at: usize| matches!(&trouble, Some(BusTrouble::Refuses(places)) if places.contains(&at));
        let mut outcomes = Vec::new();
        for (at, entry) in entries.into_iter().enumerate() {
            if is_refused(at) {
                outcomes.push(json!({"ErrorCode": "ThrottlingException", "ErrorMessage": "Rate exceeded"}));
                continue;
            }
            if state.entries.len() == MOST {
                state.entries.pop_front();
            }
            state.entries.push_back(entry);
            outcomes.push(json!({"EventId": crate::random_id()}));
        }
        if trouble == Some(BusTrouble::AnswerLost) {
            return Err(Fault::unavailable("the response of the event bus is lost"));
        }
        let failed = outcomes.iter().filter(|outcome| outcome.get("ErrorCode").is_some()).count();
        Ok(json!({"FailedEntryCount": failed, "Entries": outcomes}))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PutEvents for EventBus {
    fn put<'s>(&'s self, entries: &'s [Entry]) -> BoxFuture<'s, Result<Vec<usize>, Fault>> {
        Box::pin(async move {
            let entries = entries.iter().map(serde_json::to_value).collect::<Result<_, _>>().map_err(Fault::broken)?;
            let response = self.receive(entries)?;
            let outcomes = response.get("Entries").and_then(Value::as_array).into_iter().flatten().enumerate();
            Ok(outcomes.filter(|(_, outcome)| outcome.get("ErrorCode").is_some()).map(|(at, _)| at).collect())
        })
    }
}
