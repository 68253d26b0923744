//! Sends events to webhooks. The stream of their table triggers it for a new delivery, and a schedule for what could not be
//! delivered at first.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use shared::app::App;
use shared::fault::Fault;
use shared::fetch::https::HttpsFetcher;
use shared::fetch::post::PostMessage;
use shared::keys::KeyUse;
use shared::lambda::Event;
use shared::service::delivery::Run;
use shared::service::webhook::sending::{Sender, TERMS};

/// The key that signs messages.
pub const KEYS: &[KeyUse] = &[KeyUse::Webhook];

/// The function.
pub fn handler() -> impl Fn(Arc<App>, Event) -> BoxFuture<'static, Result<(), Fault>> + Clone + Send + Sync {
    let internet = Arc::new(HttpsFetcher::default());
    move |app, event| {
        let internet = Arc::clone(&internet);
        Box::pin(async move { handle(&app, &*internet, event).await })
    }
}

/// Sends the new deliveries of which a stream tells; for any other event, every delivery that is due.
///
/// # Errors
///
/// [`Fault`] when the queue cannot be read or written.
pub async fn handle(app: &App, internet: &dyn PostMessage, event: Event) -> Result<(), Fault> {
    let (queue, sender) = (&app.stores.webhooks.queue, Sender::new(app, internet));
    let run = Run::new(queue, &sender, TERMS, &app.clock, event.until.into());
    match queue.added(&event.detail) {
        Some(added) => run.attempt(added).await,
        None => run.sweep().await,
    }
}
