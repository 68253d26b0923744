//! Functions that are not called over HTTP, but by table streams and schedules.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use shared::app::App;
use shared::fault::Fault;
use shared::lambda::Event;
use tokio::sync::Mutex;
use tracing::Instrument;

use crate::changed::{Change, watch};
use crate::destinations::Destinations;
use crate::error::StartError;
use crate::registry::{self, Background};
use crate::stack::Stack;

/// How long a run may take.
const AT_MOST: Duration = Duration::from_secs(60);

/// A function with everything that it needs to run.
pub struct BackgroundFunction {
    function: Background,
    app: Arc<App>,
    destinations: Destinations,
    turn: Mutex<()>,
}

impl BackgroundFunction {
    /// Runs it for an event now; returns what it changed in the tables, too.
    async fn run(&self, event: Value) -> (Result<Value, Fault>, Vec<Change>) {
        let span = tracing::info_span!("event", function = self.function.name);
        let event = Event::within(event, AT_MOST);
        let run = (self.function.run)(Arc::clone(&self.app), self.destinations.clone(), event).instrument(span);
        match tokio::spawn(watch(run)).await {
            Ok(ended) => ended,
            Err(error) => (Err(Fault::broken(error)), Vec::new()),
        }
    }

    /// Runs it as for its schedule, concurrently with everything else; returns what it changed in the tables, too.
    pub async fn run_as_scheduled(&self) -> (Result<(), Fault>, Vec<Change>) {
        let (outcome, changed) = self.run(scheduled()).await;
        (outcome.map(drop), changed)
    }

    /// Runs it like AWS: one event after the other; a failure is logged and affects no caller. Returns its response, null
    /// for a failure, and what it changed in the tables.
    pub async fn take_turn(&self, event: Value) -> (Value, Vec<Change>) {
        let _turn = self.turn.lock().await;
        let (outcome, changed) = self.run(event).await;
        let response = outcome.unwrap_or_else(|fault| {
            tracing::error!(function = self.function.name, cause = %fault, "failed");
            Value::Null
        });
        (response, changed)
    }
}

/// The event of a schedule.
pub fn scheduled() -> Value {
    json!({"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}})
}

/// Prepares the functions of a stack, by name.
///
/// # Errors
///
/// A function with a trigger that the registry does not have.
pub async fn prepare(
    stack: &Stack,
    apps: &HashMap<String, Arc<App>>,
    destinations: &Destinations,
) -> Result<BTreeMap<String, Arc<BackgroundFunction>>, StartError> {
    let mut functions = BTreeMap::new();
    for function in registry::background() {
        if let Some(app) = apps.get(function.name).map(Arc::clone) {
            app.keys.warm(&app.stores.keys, function.keys).await;
            let name = function.name.to_owned();
            let (destinations, turn) = (destinations.clone(), Mutex::default());
            functions.insert(name, Arc::new(BackgroundFunction { function, app, destinations, turn }));
        }
    }
    match stack.functions.values().find(|one| !one.triggers.is_empty() && !functions.contains_key(&one.name)) {
        Some(one) => {
            let sentence = format!("template.yaml gives {} a trigger, and it is not in the registry", one.name);
            Err(StartError::new(sentence))
        }
        None => Ok(functions),
    }
}
