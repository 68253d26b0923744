//! Signing out of our pages.

use async_recursion::async_recursion as boxed;

use crate::app::App;
use crate::domain::audit::AuditEvent;
use crate::domain::oauth::scope::Scope;
use crate::domain::session::Session;
use crate::domain::types::timestamp::Timestamp;
use crate::fault::Fault;

/// Revokes a browser's session and those of the apps that were authorized in it without `offline_access`, and records
/// the event.
///
/// The browser's session is revoked first, so no code can be exchanged for a session in the meantime. Repeated after a
/// fault, it revokes the rest.
///
/// # Errors
///
/// [`Fault`] when the table cannot be read or written.
#[boxed]
pub async fn end_browser_session(
    app: &App,
    browser: &Session,
    event: &AuditEvent,
    now: Timestamp,
) -> Result<(), Fault> {
    let (store, user) = (&app.stores.sessions, browser.user_id);
    app.stores.end_session(browser, event, now).await?;
    let granted = store.granted_in(browser).await?;
    let ends_too = granted.iter().filter(|(_, scopes)| !scopes.contains(Scope::OFFLINE_ACCESS));
    let ends = ends_too.map(|(session, _)| store.revoke(user, *session, now));
    futures_util::future::try_join_all(ends).await.map(drop)
}
