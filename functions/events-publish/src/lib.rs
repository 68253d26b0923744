//! Puts the events of all accounts onto the operator's event bus. The stream of the events' table calls it.
//!
//! At least once, and in the order of the stream: what the bus does not take is given to the function again, with everything
//! after it.

mod batch;
mod entry;
mod event_bridge;

use std::sync::{Arc, OnceLock};

use futures_util::future::BoxFuture;
use shared::app::App;
use shared::aws::connections::Connections;
use shared::fault::Fault;
use shared::lambda::{BatchResponse, Event};
use shared::store::{Events, StreamedEvent};

pub use entry::Entry;
pub use event_bridge::{EventBridge, PutEvents};

/// The function.
pub fn handler() -> impl Fn(Arc<App>, Event) -> BoxFuture<'static, Result<BatchResponse, Fault>> + Clone + Send + Sync {
    let bus = Arc::new(OnceLock::new());
    move |app, event| {
        let bus = Arc::clone(&bus);
        Box::pin(async move {
            let bus = bus.get_or_init(|| EventBridge::new(&app.config.aws, Arc::new(Connections::default())));
            handle(&app, bus, event).await
        })
    }
}

/// Puts the new events of which the stream tells onto the bus, in their order; returns the first that was not taken.
///
/// # Errors
///
/// [`Fault`] when no bus is configured.
pub async fn handle(app: &App, bus: &dyn PutEvents, event: Event) -> Result<BatchResponse, Fault> {
    let name = app.config.event_bus_name.as_deref().ok_or_else(|| Fault::broken("EVENT_BUS_NAME is not set"))?;
    let added = Events::added(&event.detail);
    // What this version cannot read, and everything after it, is left to the next one.
    let known: Vec<Entry> = added.iter().map_while(|added| Some(Entry::new(name, added.event.as_ref()?))).collect();
    let taken = batch::put_all(bus, &known).await;
    Ok(match added.get(taken) {
        None => BatchResponse::default(),
        Some(first) => again_from(first),
    })
}

fn again_from(first: &StreamedEvent) -> BatchResponse {
    let event = first.event.as_ref().map(|placed| placed.event.id.to_string());
    tracing::error!(record = first.number, event, "an event is not on the bus yet");
    BatchResponse::again_from(&first.number)
}
