//! Takes away what is left of users who left: on a schedule, because a request may have been interrupted, or have had too much
//! to take away.

use std::sync::Arc;

use serde_json::Value;
use shared::app::App;
use shared::fault::Fault;
use shared::service::user::deletion;

/// How many users one run looks after.
const PEOPLE: usize = 200;
/// How many items of one user one run takes away.
const ITEMS: usize = 5_000;

/// The function: whatever the event, it goes on with what is due.
///
/// # Errors
///
/// Those of [`purge_due`].
pub async fn handle(app: Arc<App>, _: Value) -> Result<(), Fault> {
    purge_due(app).await
}

/// Goes on with every deletion that is not settled. One that cannot go on does not keep the others.
///
/// # Errors
///
/// [`Fault`] when the deletions cannot be read, or the last of those that could not go on.
pub async fn purge_due(app: Arc<App>) -> Result<(), Fault> {
    let mut outcome = Ok(());
    for left in app.stores.users.deletions(PEOPLE).await? {
        if let Err(fault) = deletion::purge(&app, &left, ITEMS, app.clock.now()).await {
            tracing::error!(user = %left.user_id, cause = %fault, "a deletion could not go on");
            outcome = Err(fault);
        }
    }
    outcome
}
