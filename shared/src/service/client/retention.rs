//! Retention of unowned clients: they are deleted when they are not used.

use async_recursion::async_recursion as boxed;

use crate::app::App;
use crate::domain::client::Client;
use crate::domain::types::timestamp::Timestamp;
use crate::fault::Fault;

/// Records that a user uses a client: one write, and none for months after it.
///
/// # Errors
///
/// [`Fault`] when the table cannot be written.
#[boxed]
pub async fn note(app: &App, client: &Client, now: Timestamp) -> Result<(), Fault> {
    match client.longer_life(now) {
        Some(until) => app.stores.apps.prolong(&client.client_id, until).await,
        None => Ok(()),
    }
}

/// Records that a client authenticates, and returns until when it lives now: one write a day at most, and none once a user
/// consented to it, for months.
///
/// # Errors
///
/// [`Fault`] when the table cannot be written.
#[boxed]
pub async fn note_use(app: &App, client: &Client, now: Timestamp) -> Result<Option<Timestamp>, Fault> {
    let Some(until) = client.life_after_use(now) else { return Ok(client.expires_at) };
    app.stores.apps.prolong(&client.client_id, until).await?;
    Ok(Some(until))
}
