//! Account deletion: everything of a user stops working at once, and is then deleted in batches.
//!
//! The first transaction is the deletion: from then on nothing of the user works, and the record that it writes names
//! what is left to delete. Purging can stop at any point and start again, in the request itself or in `users-purge`.
//!
//! Every account has one user, so their apps, contacts and events are deleted with them. What stays: the audit trail of
//! the account until its retention ends, which has ids and network addresses only, and for a while the e-mail address
//! and the name to sign in with, so that no other user can take them at once.

use crate::app::App;
use crate::domain::audit::{AuditAction, AuditEvent};
use crate::domain::mail::message::MailMessage;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::User;
use crate::domain::user::deletion::Deletion;
use crate::fault::Fault;
use crate::http::Request;
use crate::service::attempt::Attempt;
use crate::service::notice;
use crate::service::throttle::{self, Throttled};
use crate::store::DeletionBegun;

/// How many items a request deletes.
const AT_ONCE: usize = 500;

/// Deletes a user: one transaction, and then as many of their items as a request has time for. `users-purge` deletes
/// the rest.
///
/// # Errors
///
/// [`Throttled`] when the address had too many notices or the first transaction cannot be written; then nothing
/// happened. Later failures are logged, because the deletion is recorded and continues by itself.
pub async fn delete(app: &App, user: &User, request: &Request, now: Timestamp) -> Result<DeletionBegun, Throttled> {
    throttle::charge_notice(app, user, Attempt::new(request.origin(), now)).await?;
    let deletion = Deletion::new(user, app.config.address_hold, now);
    let notice = notice::to_user(app, user, MailMessage::AccountDeleted, now);
    let event = AuditEvent::new(AuditAction::UserDeleted, request.origin(), now).of_user(user);
    let begun = app.stores.begin_deletion(user, &deletion, notice.as_ref(), &event, now).await?;
    if begun == DeletionBegun::Done
        && let Err(fault) = purge(app, &deletion, AT_ONCE, now).await
    {
        tracing::warn!(cause = %fault, "a deletion was interrupted and continues later");
    }
    Ok(begun)
}

/// Deletes up to `most` items of a deleted user, and in the end the user; returns whether nothing is left.
///
/// Repeated or raced, it finds fewer items to delete.
///
/// # Errors
///
/// [`Fault`] when the tables cannot be read or written; the next run continues where this one stopped.
pub async fn purge(app: &App, deletion: &Deletion, most: usize, now: Timestamp) -> Result<bool, Fault> {
    let (stores, user, account) = (&app.stores, deletion.user_id, deletion.account_id);
    let left = most - stores.apps.purge(account, most).await?;
    let left = left - stores.contacts.purge(account, left).await?;
    let left = left - stores.events.purge(account, left).await?;
    let left = left - stores.sessions.purge(user, left).await?;
    let left = left - stores.authorizations.purge(user, left).await?;
    let left = left - stores.users.purge(user, left).await?;
    if left == 0 {
        return Ok(false);
    }
    stores.scrub(deletion, now).await?;
    if deletion.is_settled(now) {
        stores.users.delete_deletion_record(deletion).await?;
    }
    Ok(true)
}
