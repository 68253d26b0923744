//! The schedules of the functions.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::MissedTickBehavior;

use crate::background::{BackgroundFunction, scheduled};
use crate::service::Service;
use crate::stack::{Stack, Trigger};
use crate::streams::Streams;

/// Runs every function with a schedule, now and then at its rate.
pub fn start(
    stack: &Stack,
    background: &BTreeMap<String, Arc<BackgroundFunction>>,
    streams: &Arc<Streams>,
) -> Vec<Service> {
    let mut services = Vec::new();
    for function in stack.functions.values() {
        for trigger in &function.triggers {
            if let (Trigger::Every(period), Some(function)) = (trigger, background.get(&function.name)) {
                services.push(schedule(*period, Arc::clone(function), Arc::clone(streams)));
            }
        }
    }
    services
}

fn schedule(period: Duration, function: Arc<BackgroundFunction>, streams: Arc<Streams>) -> Service {
    Service::start(move |stop| async move {
        let runs = tokio::spawn(async move {
            let mut ticks = tokio::time::interval(period);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                let (_, changed) = function.take_turn(scheduled()).await;
                streams.call_for(changed).await;
            }
        });
        stop.wait().await;
        runs.abort();
    })
}
