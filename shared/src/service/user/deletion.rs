//! Account deletion: everything of a user stops working at once, and is deleted in batches once it cannot be undone.
//!
//! The first transaction is the deletion: from then on nothing of the user works, and the record that it writes names
//! what is left to delete. Until the grace period ends, the user can undo it (`restoration.rs`). Purging can stop at any
//! point and start again, in the request itself or in `users-purge`.
//!
//! Every account has one user, so their apps with their webhooks, contacts and events are deleted with them. What stays:
//! the audit trail of the account until its retention ends, which has ids and network addresses only, and for a while the
//! e-mail address and the name to sign in with, so that no other user can take them at once.

use async_recursion::async_recursion as boxed;

use crate::app::App;
use crate::domain::audit::{AuditAction, AuditEvent};
use crate::domain::mail::message::MailMessage;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::User;
use crate::domain::user::deletion::{DeletedBy, Deletion};
use crate::domain::user::restoration::Restoration;
use crate::fault::Fault;
use crate::http::Request;
use crate::service::attempt::Attempt;
use crate::service::notice;
use crate::service::throttle::{self, Throttled};
use crate::store::DeletionBegun;

/// How many items a request deletes.
const AT_ONCE: usize = 500;

/// Deletes a user: one transaction. Where it cannot be undone, it also deletes as many of their items as a request has
/// time for; `users-purge` deletes the rest, and everything once the grace period has ended. Returns the deletion, unless
/// something else changed the user first.
///
/// # Errors
///
/// [`Throttled`] when the address had too many notices or the first transaction cannot be written; then nothing
/// happened. Later failures are logged, because the deletion is recorded and continues by itself.
#[boxed]
pub async fn delete(
    app: &App,
    user: &User,
    by: DeletedBy,
    request: &Request,
    now: Timestamp,
) -> Result<Option<Deletion>, Throttled> {
    throttle::charge_notice(app, user, Attempt::new(request.origin(), now)).await?;
    let deletion = Deletion::new(user, by.grace(app.config.deletion_grace), app.config.address_hold, now);
    let notice = notice::to_user(app, user, message(&deletion, request), now);
    let event = AuditEvent::new(AuditAction::UserDeleted, request.origin(), now).of_user(user);
    if app.stores.begin_deletion(user, &deletion, notice.as_ref(), &event, now).await? == DeletionBegun::Raced {
        return Ok(None);
    }
    if deletion.restorable_until.is_none()
        && let Err(fault) = purge(app, &deletion, AT_ONCE, now).await
    {
        tracing::warn!(cause = %fault, "a deletion was interrupted and continues later");
    }
    Ok(Some(deletion))
}

fn message(deletion: &Deletion, request: &Request) -> MailMessage {
    let Some(until) = deletion.restorable_until else { return MailMessage::AccountDeleted };
    let restoration = Restoration { user_id: deletion.user_id, deleted_at: deletion.begun_at };
    MailMessage::AccountDeletionBegun { restoration, until, from: request.origin().address }
}

/// Deletes up to `most` items of a deleted user, and in the end the user; returns whether nothing is left. From its first
/// write on, the deletion cannot be undone; one that was undone is left alone.
///
/// Repeated or raced, it finds fewer items to delete.
///
/// # Errors
///
/// [`Fault`] when the tables cannot be read or written; the next run continues where this one stopped.
#[boxed]
pub async fn purge(app: &App, deletion: &Deletion, most: usize, now: Timestamp) -> Result<bool, Fault> {
    let (stores, user, account) = (&app.stores, deletion.user_id, deletion.account_id);
    if deletion.restorable_until.is_some() && !stores.users.make_deletion_final(deletion).await? {
        stores.users.delete_deletion_record(deletion).await?;
        return Ok(true);
    }
    let left = most - stores.purge_apps(account, most).await?;
    let left = left - stores.contacts.purge(account, left).await?;
    let left = left - stores.events.purge(account, left, deletion.is_settled(now), now).await?;
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
