//! Which webhooks get an event.

use async_recursion::async_recursion as boxed;

use crate::app::App;
use crate::domain::authorization::consent::Consent;
use crate::domain::client::id::AppId;
use crate::domain::event::account_change::SCOPES;
use crate::domain::event::built_in::BuiltIn;
use crate::domain::event::reader::Reader;
use crate::domain::event::{Event, PlacedEvent};
use crate::domain::oauth::scope::ScopeSet;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::webhook::delivery::Delivery;
use crate::fault::Fault;

/// The most apps of a user whose webhooks are looked up.
const MOST: usize = 500;

/// Puts an event into the queue, once for each webhook that wants it: of the apps that the account's user consented to, with
/// scopes to see the event. That an app was uninstalled, it is told without a consent.
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
    let apps = match is_end_of_consent(event) {
        true => told_of_the_end(event).into_iter().collect(),
        false => readers(app, event).await?,
    };
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

/// The apps that the user consented to, and that see the event.
async fn readers(app: &App, event: &Event) -> Result<Vec<AppId>, Fault> {
    let consents = app.stores.authorizations.consents(event.user_id, MOST).await?;
    let seeing = consents.iter().filter(|consent| may_see(consent, event));
    Ok(seeing.filter_map(|consent| consent.client_id.app_id()).collect())
}

/// The app that was uninstalled, if it could read events before.
fn told_of_the_end(event: &Event) -> Option<AppId> {
    let scopes: ScopeSet = serde_json::from_value(event.data.get(SCOPES)?.clone()).ok()?;
    let client_id = event.client_id.as_ref()?;
    client_id.app_id().filter(|_| Reader { client_id, scopes: &scopes }.sees(event))
}

/// Whether an event says that its app was uninstalled: no consent is needed to tell the app.
pub(super) fn is_end_of_consent(event: &Event) -> bool {
    BuiltIn::named(event.kind.as_str()) == Some(BuiltIn::AppUninstalled)
}

/// Whether the user lets the app see an event.
fn may_see(consent: &Consent, event: &Event) -> bool {
    Reader { client_id: &consent.client_id, scopes: &consent.scopes }.sees(event)
}
