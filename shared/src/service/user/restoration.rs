//! Undoing the deletion of an account: its user keeps it, as long as the grace period lasts.
//!
//! A user proves that the account is theirs by its password, by a provider, or by the link in the mail about the deletion.
//! Their keys, apps and consents work again; the sessions have ended with the deletion.

use async_recursion::async_recursion as boxed;

use crate::app::App;
use crate::domain::audit::{AuditAction, AuditEvent};
use crate::domain::mail::message::MailMessage;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::User;
use crate::domain::user::restoration::Restoration;
use crate::fault::Fault;
use crate::http::Request;
use crate::paths::RESTORE_ACCOUNT;
use crate::service::notice;
use crate::store::{Load, Restored};

/// Returns the user whom a link can restore: one read.
///
/// # Errors
///
/// [`Fault`] when the table cannot be read, or there is no MAC key.
#[boxed]
pub async fn find(app: &App, text: &str, now: Timestamp) -> Result<Option<User>, Fault> {
    let Some(restoration) = Restoration::parse(text, &*app.keys.mac().await?) else { return Ok(None) };
    let user = app.load(Load { user: Some(restoration.user_id), ..Load::default() }).await?.user;
    Ok(user.filter(|user| restoration.is_open(user, now)))
}

/// Restores a user, tells them, and records it: one transaction. Returns the user as they are then, unless the deletion
/// was undone or became final first. The notice is not counted: there is one for each deletion, which is.
///
/// # Errors
///
/// [`Fault`] when the tables cannot be written; then nothing happened.
#[boxed]
pub async fn restore(app: &App, user: User, request: &Request, now: Timestamp) -> Result<Option<User>, Fault> {
    let message = MailMessage::AccountRestored { from: request.origin().address };
    let notice = notice::to_user(app, &user, message, now);
    let event = AuditEvent::new(AuditAction::UserRestored, request.origin(), now).of_user(&user);
    match app.stores.restore(&user, notice.as_ref(), &event).await? {
        Restored::Done => Ok(Some(User { deleted_at: None, restorable_until: None, ..user })),
        Restored::Raced => Ok(None),
    }
}

/// The page on which a user who has just proven that the account is theirs restores it, if they can.
///
/// # Errors
///
/// [`Fault`] when there is no MAC key.
#[boxed]
pub async fn page_for(app: &App, user: &User, now: Timestamp) -> Result<Option<String>, Fault> {
    let Some(restoration) = Restoration::of(user).filter(|restoration| restoration.is_open(user, now)) else {
        return Ok(None);
    };
    let token = restoration.token(&*app.keys.mac().await?, now)?;
    Ok(Some(format!("{RESTORE_ACCOUNT}?token={}", token.expose())))
}
