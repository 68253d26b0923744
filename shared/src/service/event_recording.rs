//! Recording built-in events: what happens in an account becomes one of its events.

use async_recursion::async_recursion as boxed;

use crate::app::App;
use crate::domain::event::account_change::{AccountChange, Recordable, uninstalled};
use crate::domain::event::built_in::BuiltIn;
use crate::domain::event::{Event, EventId};
use crate::domain::user::{User, UserId};
use crate::fault::Fault;
use crate::store::EventAdded;

/// The most apps of a user whose consents are looked up.
const MOST: usize = 500;

/// Records the events that a change is, in the account of their user.
///
/// A read of the user and a transaction for each event, and one query if the change ended all consents. Safe to repeat: an
/// event that was recorded from the same record is not added again.
///
/// # Errors
///
/// [`Fault`] when the tables cannot be read or written; the stream then gives the change again.
#[boxed]
pub async fn record(app: &App, change: &AccountChange, record: &str) -> Result<(), Fault> {
    let mut events = change.events(record);
    if let Some(user) = change.ends_consents_of() {
        events.extend(ended(app, user).await?);
    }
    for event in events {
        add(app, event).await?;
    }
    Ok(())
}

/// The consents of a user that ended with the generation of their authenticators.
async fn ended(app: &App, user: UserId) -> Result<Vec<Recordable>, Fault> {
    let Some(user) = app.stores.users.find(user).await? else { return Ok(Vec::new()) };
    let consents = app.stores.authorizations.consents(user.id, MOST).await?;
    Ok(consents.iter().filter(|consent| !consent.is_valid_for(&user)).map(uninstalled).collect())
}

/// Adds an event to its user's account. An account that is deleted gets none but that it was: its data is being deleted.
async fn add(app: &App, event: Recordable) -> Result<(), Fault> {
    let Recordable { once, user_id, client_id, kind, data, at } = event;
    let user = app.stores.users.find(user_id).await?;
    let Some(user) = user.filter(|user| user.deleted_at.is_none() || kind == BuiltIn::UserDeleted) else {
        return Ok(());
    };
    let User { id: user_id, account_id, .. } = user;
    // The time of each event, not of the change: readers tell by it whether an event before it may still come.
    let now = app.clock.now();
    let occurred_at = at.unwrap_or(now);
    let id = EventId::generate(now);
    let event = Event { id, account_id, user_id, client_id, kind: kind.into(), data, occurred_at, created_at: now };
    match app.stores.events.add(event, Some(&once), None).await? {
        EventAdded::Done(_) | EventAdded::Repeated(_) | EventAdded::KeyReused => Ok(()),
        EventAdded::QuotaReached(_) => Err(Fault::broken("an event without a quota reached one")),
    }
}
