//! Retention of unowned clients: they are deleted when no user uses them.

use crate::app::App;
use crate::domain::client::Client;
use crate::domain::types::timestamp::Timestamp;
use crate::fault::Fault;

/// Records that a user uses a client: one write, and none for months after it.
///
/// # Errors
///
/// [`Fault`] when the table cannot be written.
pub async fn note(app: &App, client: &Client, now: Timestamp) -> Result<(), Fault> {
    match client.longer_life(now) {
        Some(until) => app.stores.apps.prolong(&client.client_id, until).await,
        None => Ok(()),
    }
}
