//! Puts each event into the queue of the webhooks that want it. The stream of the events' table calls it.

use std::sync::Arc;

use shared::app::App;
use shared::fault::Fault;
use shared::lambda::{BatchResponse, Event};
use shared::service::webhook::queueing;
use shared::store::Events;

/// The function: it queues the new events of which the stream tells, in their order, and returns the first that it could not.
///
/// # Errors
///
/// None: the stream is told where to go on.
pub async fn handle(app: Arc<App>, event: Event) -> Result<BatchResponse, Fault> {
    for added in Events::added(&event.detail) {
        // What this version cannot read is left to the next one.
        let queued = match &added.event {
            Some(placed) => queueing::queue(&app, placed, app.clock.now()).await,
            None => Err(Fault::broken("an event of another version")),
        };
        if let Err(fault) = queued {
            tracing::error!(record = added.number, cause = %fault, "an event is not queued for webhooks yet");
            return Ok(BatchResponse::again_from(&added.number));
        }
    }
    Ok(BatchResponse::default())
}
