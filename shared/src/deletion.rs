//! Leaving for good: everything of a person ends at once, and is then taken away piece by piece.
//!
//! The first transaction is the deletion: from then on nothing of the person works, and the note that it makes says what is
//! left to take away. Taking away can stop anywhere and begin again, by the request itself or by `users-purge`.
//!
//! Every account has one person, so their apps, contacts and events go with them. What stays: the audit trail of the account
//! for as long as it is kept, which has ids and network addresses only, and for a while the e-mail address and the name to
//! sign in with, so that nobody else takes them over at once.

use std::time::Duration;

use crate::account::AccountId;
use crate::app::App;
use crate::audit::{AuditAction, AuditEvent};
use crate::clock::Timestamp;
use crate::email::EmailAddress;
use crate::fault::Fault;
use crate::http::Request;
use crate::letter::{Letter, OutgoingMail};
use crate::store::DeletionBegun;
use crate::upstream::identity::UpstreamIdentity;
use crate::user::{User, UserId};
use crate::username::Username;

/// For so long after the first transaction, something that was under way then may still be written; it is taken away too.
const AFTERMATH: Duration = Duration::from_secs(300);

/// How many items a request takes away.
const AT_ONCE: usize = 500;

/// What is to be taken away.
#[derive(Clone, Debug)]
pub struct Deletion {
    /// The person.
    pub user_id: UserId,
    /// Their account.
    pub account_id: AccountId,
    /// Their address, if they had one.
    pub email: Option<EmailAddress>,
    /// The name that they signed in with, if they had one.
    pub username: Option<Username>,
    /// Who they were at other providers.
    pub upstream: Vec<UpstreamIdentity>,
    /// From when on somebody else may have address and name.
    pub free_at: Timestamp,
    /// When they left.
    pub begun_at: Timestamp,
}

impl Deletion {
    /// A deletion that begins now.
    pub fn new(user: &User, address_hold: Duration, now: Timestamp) -> Self {
        Self {
            user_id: user.id,
            account_id: user.account_id,
            email: user.email.clone(),
            username: user.username.clone(),
            upstream: user.upstream.iter().map(|link| link.identity.clone()).collect(),
            free_at: now.after(address_hold),
            begun_at: now,
        }
    }

    /// Says whether nothing can come after it any more.
    pub fn is_settled(&self, now: Timestamp) -> bool {
        self.begun_at.after(AFTERMATH) <= now
    }
}

/// Deletes a person: one transaction, and then as much of what they had as a request has time for. What is left is
/// `users-purge`'s.
///
/// # Errors
///
/// [`Fault`] when the first transaction cannot be written; then nothing happened. Later troubles are logged, because the
/// deletion is done and goes on by itself.
pub async fn delete(app: &App, user: &User, request: &Request, now: Timestamp) -> Result<DeletionBegun, Fault> {
    let deletion = Deletion::new(user, app.config.address_hold, now);
    let goodbye = OutgoingMail::notice(&app.config, user, Letter::AccountDeleted, now);
    let event = AuditEvent::new(AuditAction::UserDeleted, request.origin(), now).of_user(user);
    let begun = app.stores.begin_deletion(user, &deletion, goodbye.as_ref(), &event, now).await?;
    if begun == DeletionBegun::Done
        && let Err(fault) = purge(app, &deletion, AT_ONCE, now).await
    {
        tracing::warn!(cause = %fault, "a deletion was interrupted, and goes on later");
    }
    Ok(begun)
}

/// Takes up to `most` items away of what a deleted person had, and in the end the person; says whether nothing is left.
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
