//! Records what happens in accounts as events of theirs. The streams of three tables call it: of the audit trail, of contacts
//! and of consents. No request waits for it or pays for it.

use std::sync::Arc;

use shared::app::App;
use shared::fault::Fault;
use shared::lambda::{BatchResponse, Event};
use shared::service::event_recording;
use shared::store::account_changes;

/// The function: it records the changes of which a stream tells, in their order, and returns the first that it could not.
///
/// # Errors
///
/// None: the stream is told where to go on.
pub async fn handle(app: Arc<App>, event: Event) -> Result<BatchResponse, Fault> {
    for streamed in account_changes(&event.detail) {
        // What this version cannot read is left to the next one.
        let recorded = match &streamed.change {
            Some(change) => event_recording::record(&app, change, &streamed.record).await,
            None => Err(Fault::broken("a change of another version")),
        };
        if let Err(fault) = recorded {
            tracing::error!(record = streamed.number, cause = %fault, "a change is not recorded as an event yet");
            return Ok(BatchResponse::again_from(&streamed.number));
        }
    }
    Ok(BatchResponse::default())
}
