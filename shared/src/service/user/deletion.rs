//! Leaving for good: everything of a user ends at once, and is then taken away piece by piece.
//!
//! The first transaction is the deletion: from then on nothing of the user works, and the note that it makes says what is
//! left to take away. Taking away can stop anywhere and begin again, by the request itself or by `users-purge`.
//!
//! Every account has one user, so their apps, contacts and events go with them. What stays: the audit trail of the account
//! for as long as it is kept, which has ids and network addresses only, and for a while the e-mail address and the name to
//! sign in with, so that nobody else takes them over at once.

use crate::app::App;
use crate::domain::audit::{AuditAction, AuditEvent};
use crate::domain::mail::message::MailMessage;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::User;
use crate::domain::user::deletion::Deletion;
use crate::fault::Fault;
use crate::http::Request;
use crate::service::notice;
use crate::store::DeletionBegun;

/// How many items a request takes away.
const AT_ONCE: usize = 500;

/// Deletes a user: one transaction, and then as much of what they had as a request has time for. What is left is
/// `users-purge`'s.
///
/// # Errors
///
/// [`Fault`] when the first transaction cannot be written; then nothing happened. Later troubles are logged, because the
/// deletion is done and goes on by itself.
pub async fn delete(app: &App, user: &User, request: &Request, now: Timestamp) -> Result<DeletionBegun, Fault> {
    let deletion = Deletion::new(user, app.config.address_hold, now);
    let goodbye = notice::to_user(app, user, MailMessage::AccountDeleted, now);
    let event = AuditEvent::new(AuditAction::UserDeleted, request.origin(), now).of_user(user);
    let begun = app.stores.begin_deletion(user, &deletion, goodbye.as_ref(), &event, now).await?;
    if begun == DeletionBegun::Done
        && let Err(fault) = purge(app, &deletion, AT_ONCE, now).await
    {
        tracing::warn!(cause = %fault, "a deletion was interrupted, and goes on later");
    }
    Ok(begun)
}

/// Takes up to `most` items away of what a deleted user had, and in the end the user; says whether nothing is left.
///
/// Repeated or raced, it finds less to take away.
///
/// # Errors
///
/// [`Fault`] when the tables cannot be read or written; the next time goes on where this one stopped.
pub async fn purge(app: &App, deletion: &Deletion, most: usize, now: Timestamp) -> Result<bool, Fault> {
    let (stores, user, account) = (&app.stores, deletion.user_id, deletion.account_id);
    let left = most - stores.apps.purge(account, most).await?;
    let left = left - stores.contacts.purge(account, left).await?;
    let left = left - stores.events.purge(account, left).await?;
    let left = left - stores.sessions.purge(user, left).await?;
    let left = left - stores.authorizations.purge(user, left).await?;
    let left = left - stores.users.purge_keys(user, left).await?;
    if left == 0 {
        return Ok(false);
    }
    stores.scrub(deletion, now).await?;
    if deletion.is_settled(now) {
        stores.users.forget_deletion(deletion).await?;
    }
    Ok(true)
}
