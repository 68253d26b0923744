//! Which webhooks get an event.

use async_recursion::async_recursion as boxed;

use crate::app::App;
use crate::domain::authorization::consent::Consent;
use crate::domain::client::id::AppId;
use crate::domain::event::PlacedEvent;
use crate::domain::oauth::scope::Scope;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::webhook::delivery::Delivery;
use crate::fault::Fault;

/// The most apps of a user whose webhooks are looked up.
const MOST: usize = 500;

/// Puts an event into the queue, once for each webhook that wants it: of the apps that the account's user consented to, with
/// the scope to read events.
///
/// One query, one batch read for each hundred apps, and one write for each webhook, all of which are safe to repeat: an
/// event that is in the queue already is not added.
///
/// # Errors
///
/// [`Fault`] when the tables cannot be read or written; the stream then gives the event again.
#[boxed]
pub async fn queue(app: &App, placed: &PlacedEvent, now: Timestamp) -> Result<(), Fault> {
    let event = &placed.event;
    let consents = app.stores.authorizations.consents(event.user_id, MOST).await?;
    let apps: Vec<AppId> = consents.iter().filter(|consent| may_read(consent)).filter_map(app_of).collect();
    if apps.is_empty() {
        return Ok(());
    }
    for (app_id, webhooks) in app.stores.webhooks.of_apps(&apps).await? {
        for webhook in webhooks.iter().filter(|webhook| webhook.wants(event.kind.as_str())) {
            app.stores.webhooks.queue.add(&Delivery::of_event(app_id, webhook.id, placed, now)).await?;
        }
    }
    Ok(())
}

fn app_of(consent: &Consent) -> Option<AppId> {
    consent.client_id.app_id()
}

/// Whether the user lets the app read events.
pub(super) fn may_read(consent: &Consent) -> bool {
    consent.scopes.contains(Scope::EVENT_READ)
}
