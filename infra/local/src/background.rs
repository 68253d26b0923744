//! Functions that are not called over HTTP, but by table streams and schedules.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use shared::app::App;
use shared::fault::Fault;
use tokio::sync::Mutex;
use tokio::time::MissedTickBehavior;
use tracing::Instrument;

use crate::error::StartError;
use crate::mailbox::Mailbox;
use crate::registry::{self, Background};
use crate::service::Service;
use crate::stack::{Function, Stack, Trigger};

/// A function with everything that it needs to run.
pub struct BackgroundFunction {
    function: Background,
    app: Arc<App>,
    mailbox: Arc<Mailbox>,
    turn: Mutex<()>,
}

impl BackgroundFunction {
    /// Runs it now.
    ///
    /// # Errors
    ///
    /// The function's fault.
    pub async fn run(&self) -> Result<(), Fault> {
        let span = tracing::info_span!("event", function = self.function.name);
        let run = (self.function.run)(Arc::clone(&self.app), Arc::clone(&self.mailbox)).instrument(span);
        tokio::spawn(run).await.map_err(Fault::broken)?
    }

    /// Runs it like AWS: one event after the other; a failure is logged and affects no caller.
    pub async fn take_turn(&self) {
        let _turn = self.turn.lock().await;
        if let Err(fault) = self.run().await {
            tracing::error!(function = self.function.name, cause = %fault, "failed");
        }
    }
}

/// Prepares the functions of a stack, by name.
///
/// # Errors
///
/// A function with a trigger that the registry does not have.
pub async fn prepare(
    stack: &Stack,
    apps: &HashMap<String, Arc<App>>,
    mailbox: &Arc<Mailbox>,
) -> Result<BTreeMap<String, Arc<BackgroundFunction>>, StartError> {
    let mut functions = BTreeMap::new();
    for function in registry::background() {
        if let Some(app) = apps.get(function.name).map(Arc::clone) {
            app.keys.warm(&app.stores.keys, function.keys).await;
            let name = function.name.to_owned();
            let (mailbox, turn) = (Arc::clone(mailbox), Mutex::default());
            functions.insert(name, Arc::new(BackgroundFunction { function, app, mailbox, turn }));
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

/// The functions that are called by the streams of the tables into which this function may put items.
pub fn called_by_streams_of(
    function: &Function,
    stack: &Stack,
    background: &BTreeMap<String, Arc<BackgroundFunction>>,
) -> Vec<Arc<BackgroundFunction>> {
    let fills = |stream: &str| {
        let mut tables = stack.tables.iter().filter(|table| table.has_stream(stream));
        tables.any(|table| function.may("dynamodb:PutItem", &table.arn))
    };
    let called = stack.functions.values().filter(|called| {
        called.triggers.iter().any(|trigger| matches!(trigger, Trigger::Stream(stream) if fills(stream)))
    });
    called.filter_map(|called| background.get(&called.name)).map(Arc::clone).collect()
}

/// Runs every function with a schedule, now and then at its rate.
pub fn schedules(stack: &Stack, background: &BTreeMap<String, Arc<BackgroundFunction>>) -> Vec<Service> {
    let mut services = Vec::new();
    for function in stack.functions.values() {
        for trigger in &function.triggers {
            if let (Trigger::Every(period), Some(function)) = (trigger, background.get(&function.name)) {
                services.push(schedule(*period, Arc::clone(function)));
            }
        }
    }
    services
}

fn schedule(period: Duration, function: Arc<BackgroundFunction>) -> Service {
    Service::start(move |stop| async move {
        let runs = tokio::spawn(async move {
            let mut ticks = tokio::time::interval(period);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                function.take_turn().await;
            }
        });
        stop.wait().await;
        runs.abort();
    })
}
