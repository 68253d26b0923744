//! Clients that belong to nobody are forgotten when nobody uses them.

use crate::app::App;
use crate::domain::client::Client;
use crate::domain::types::timestamp::Timestamp;
use crate::fault::Fault;

/// Notes that a user uses a client: one write, but for months after the last one none.
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
