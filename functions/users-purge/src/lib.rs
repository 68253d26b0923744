//! Deletes the remaining data of deleted users. It runs on a schedule, because a request may have been interrupted, or have had
//! too much to delete.

use std::sync::Arc;

use shared::app::App;
use shared::fault::Fault;
use shared::lambda::Event;
use shared::service::user::deletion;

/// How many users one run handles.
const USERS: usize = 200;
/// How many items of one user one run deletes.
const ITEMS: usize = 5_000;

/// The function: it continues the deletions that are due, whatever the event.
///
/// # Errors
///
/// The errors of [`purge_due`].
pub async fn handle(app: Arc<App>, _: Event) -> Result<(), Fault> {
    purge_due(app).await
}

/// Continues every unfinished deletion. A deletion that fails does not stop the others.
///
/// # Errors
///
/// [`Fault`] when the deletions cannot be read, or of the last deletion that failed.
pub async fn purge_due(app: Arc<App>) -> Result<(), Fault> {
    let mut outcome = Ok(());
    for unfinished in app.stores.users.deletions(USERS, app.clock.now()).await? {
        if let Err(fault) = deletion::purge(&app, &unfinished, ITEMS, app.clock.now()).await {
            tracing::error!(user = %unfinished.user_id, cause = %fault, "a deletion could not continue");
            outcome = Err(fault);
        }
    }
    outcome
}
