//! Operations of operators: they list users, disable and enable them, and send mails again.

use async_recursion::async_recursion as boxed;
use serde::{Deserialize, Serialize};

use super::batch::Batch;
use super::list::values;
use super::stores::Stores;
use super::table::{ItemKey, Table};
use super::transaction::Transaction;
use super::users::{NewUserItem, StoredUser, Users, user_key};
use super::write::Write;
use crate::domain::audit::AuditEvent;
use crate::domain::mail::message::OutgoingMail;
use crate::domain::types::id::WriteId;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::{User, UserId};
use crate::dynamodb::{Item, Query};
use crate::fault::Fault;

/// The index of all users, by the time when they registered. It lags behind the table by moments, so it only says where
/// to look.
const BY_TIME: &str = "UsersByTime";
/// How often a user who keeps changing is read again.
const TRIES: usize = 5;

/// An item of the index.
#[derive(Deserialize)]
struct Hit {
    id: UserId,
}

impl Users {
    /// Lists users of all accounts after `after`, newest first: up to `limit` of them, and where the list continues.
    ///
    /// A page costs one query and one batch read, and again as many where users are deleted that the index still has, or
    /// are of another version.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be read.
    #[boxed]
    pub async fn list(&self, after: Option<UserId>, limit: usize) -> Result<(Vec<User>, Option<UserId>), Fault> {
        let mut users = Vec::new();
        let mut position = after;
        loop {
            let (ids, next) = self.page(position, limit - users.len()).await?;
            users.extend(self.find_all(&ids).await?);
            position = next;
            if position.is_none() {
                return Ok((users, None));
            }
            if users.len() == limit {
                return Ok((users, position));
            }
        }
    }

    async fn page(&self, after: Option<UserId>, limit: usize) -> Result<(Vec<UserId>, Option<UserId>), Fault> {
        let query = self.0.query("listed = :listed", values(&[(":listed", &NewUserItem::LISTED)])?);
        let query = Query {
            index_name: Some(BY_TIME),
            // An index is never consistent.
            consistent_read: false,
            scan_index_forward: false,
            limit: Some(limit),
            exclusive_start_key: after.map(place).transpose()?,
            ..query
        };
        let page = self.0.page::<Hit>(&query).await?;
        let next = page.next.and_then(|last| last.read::<Hit>().ok()).map(|hit| hit.id);
        Ok((page.items.into_iter().map(|hit| hit.id).collect(), next))
    }

    /// Returns users by their ids, which are all different and at most a hundred, in this order; those that do not exist,
    /// or that this version cannot read, are left out.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be read.
    #[boxed]
    pub async fn find_all(&self, ids: &[UserId]) -> Result<Vec<User>, Fault> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let keys: Vec<ItemKey> = ids.iter().copied().map(user_key).collect();
        let wanted: Vec<(&Table, ItemKey)> = keys.iter().map(|key| (&self.0, key.clone())).collect();
        let batch = Batch::read(&self.0.client, &wanted).await?;
        Ok(batch.list(&self.0, &keys).into_iter().map(|StoredUser(user)| user).collect())
    }
}

/// A user's place in the index: its key, and the table's.
fn place(id: UserId) -> Result<Item, Fault> {
    #[derive(Serialize)]
    struct IndexKey {
        listed: &'static str,
        id: UserId,
    }
    Item::at(&user_key(id), &IndexKey { listed: NewUserItem::LISTED, id })
}

/// The outcome of an operator's verification of an address.
#[derive(Debug)]
pub enum OperatorVerified {
    /// The address is verified, with the user as they are now.
    Done(Box<User>),
    /// The user has no address.
    NoEmail,
    /// There is no such user.
    Gone,
}

impl Stores {
    /// Marks a user's address as verified, and records it, in one transaction.
    ///
    /// Repeated, it finds it verified; raced by a change of the address, it decides again about the newer state.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be read or written; then nothing changed.
    #[boxed]
    pub async fn verify_by_operator(&self, mut user: User, event: &AuditEvent) -> Result<OperatorVerified, Fault> {
        for _ in 0..TRIES {
            if user.is_email_verified() {
                return Ok(OperatorVerified::Done(Box::new(user)));
            }
            let Some(email) = &user.email else { return Ok(OperatorVerified::NoEmail) };
            let write = Write::to(&self.users.0, user_key(user.id))
                .set("email_verified_at", event.at)
                .if_equal("email", email)
                .if_absent("email_verified_at")
                .if_absent("deleted_at");
            if self.change(write, event).await? {
                return Ok(OperatorVerified::Done(Box::new(User { email_verified_at: Some(event.at), ..user })));
            }
            let met = self.users.find(user.id).await?.filter(|met| met.deleted_at.is_none());
            let Some(met) = met else { return Ok(OperatorVerified::Gone) };
            user = met;
        }
        Err(Fault::unavailable("a user keeps changing"))
    }

    /// Disables a user, revokes all their sessions permanently, and records it, in one transaction; returns the user as
    /// they are then, if they exist.
    ///
    /// Repeated, it finds them disabled, and keeps the time of the first; raced, it decides again about the newer
    /// state.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be read or written; then nothing changed.
    #[boxed]
    pub async fn disable_user(
        &self,
        mut user: User,
        event: &AuditEvent,
        now: Timestamp,
    ) -> Result<Option<User>, Fault> {
        for _ in 0..TRIES {
            if !user.is_enabled() {
                return Ok(Some(user));
            }
            let disabled = User { disabled_at: Some(now), epoch: user.epoch.next(), ..user.clone() };
            let write = Write::to(&self.users.0, user_key(user.id))
                .set("disabled_at", now)
                .set("epoch", disabled.epoch)
                .if_equal("epoch", user.epoch)
                .if_absent("disabled_at");
            if self.change(write, event).await? {
                return Ok(Some(disabled));
            }
            let Some(met) = self.users.find(user.id).await? else { return Ok(None) };
            user = met;
        }
        Err(Fault::unavailable("a user keeps changing"))
    }

    /// Enables a user, and records it, in one transaction; returns the user as they are then, if they exist. Revoked
    /// sessions stay revoked: the user signs in again.
    ///
    /// Repeated, it finds them enabled; raced, it decides again about the newer state.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be read or written; then nothing changed.
    #[boxed]
    pub async fn enable_user(&self, mut user: User, event: &AuditEvent) -> Result<Option<User>, Fault> {
        for _ in 0..TRIES {
            let Some(since) = user.disabled_at else { return Ok(Some(user)) };
            let write = Write::to(&self.users.0, user_key(user.id)).remove("disabled_at");
            // The epoch as well: a user who was disabled anew in the same second is a different case.
            if self.change(write.if_equal("disabled_at", since).if_equal("epoch", user.epoch), event).await? {
                return Ok(Some(User { disabled_at: None, ..user }));
            }
            let Some(met) = self.users.find(user.id).await? else { return Ok(None) };
            user = met;
        }
        Err(Fault::unavailable("a user keeps changing"))
    }

    /// Puts a mail that was given up into the queue again, and records it, in one transaction; returns whether it was there.
    ///
    /// Raced or repeated, one puts it there: the others find it gone. A repetition within the verb is recognised by its token.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be written; then it may be in the queue, and is in one place.
    #[boxed]
    pub async fn resend(&self, mail: &OutgoingMail, event: &AuditEvent) -> Result<bool, Fault> {
        let mut transaction = Transaction::new(WriteId::generate(event.at));
        for write in self.outbox.queue.take_up(mail)? {
            transaction.add(write, false);
        }
        self.audit.add_to(&mut transaction, event)?;
        transaction.commit(&self.client, true).await
    }

    /// Changes a user together with the event; returns whether the user was as expected.
    async fn change(&self, write: Write<'_>, event: &AuditEvent) -> Result<bool, Fault> {
        let mut transaction = Transaction::new(WriteId::generate(event.at));
        transaction.add(write.into_update()?, false);
        self.audit.add_to(&mut transaction, event)?;
        transaction.commit(&self.client, true).await
    }
}
