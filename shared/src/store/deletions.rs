//! Account deletions: the record of each, and deleting the stored items of a user.

use async_recursion::async_recursion as boxed;
use futures_util::future::{try_join, try_join_all};
use serde::{Deserialize, Serialize};

use super::apps::{listed_app, listed_id};
use super::authorizations::Authorizations;
use super::contacts::Contacts;
use super::event_items::{block_of, block_partition, counter_key, first_of_block, idempotency_partitions};
use super::events::Events;
use super::reviews::logo_of;
use super::sessions::Sessions;
use super::stores::Stores;
use super::table::{ItemKey, MOST_DELETED};
use super::transaction::Transaction;
use super::users::{Users, account_key, email_key, import_key, upstream_key, user_key, username_key};
use super::webhooks::Webhooks;
use super::write::{Write, Written};
use crate::domain::audit::AuditEvent;
use crate::domain::client::id::AppId;
use crate::domain::event::counter::Counter;
use crate::domain::mail::message::OutgoingMail;
use crate::domain::types::email::EmailAddress;
use crate::domain::types::id::WriteId;
use crate::domain::types::import_id::ImportId;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::types::username::Username;
use crate::domain::upstream::identity::UpstreamIdentity;
use crate::domain::user::account::AccountId;
use crate::domain::user::deletion::Deletion;
use crate::domain::user::{User, UserId};
use crate::fault::Fault;

/// The partition of the records.
const PARTITION: &str = "deletions";
/// The prefix of the sort key of a record of a deletion that cannot be undone: as many as users who were deleted in the
/// last minutes.
const FINAL: &str = "user#";
/// The prefix of the sort key of a record of a deletion that can be undone, which goes on with when that ends.
const DUE: &str = "due#";

/// The form of a record in the table.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Deletion")]
struct DeletionItem {
    user_id: UserId,
    account_id: AccountId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    email: Option<EmailAddress>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    former_email: Option<EmailAddress>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    username: Option<Username>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    upstream: Vec<UpstreamIdentity>,
    /// A deletion that an earlier version began holds every address.
    #[serde(default = "held")]
    is_email_held: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    import_id: Option<ImportId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    restorable_until: Option<Timestamp>,
    /// A deletion that an earlier version began has the other name.
    #[serde(alias = "email_free_at")]
    free_at: Timestamp,
    begun_at: Timestamp,
}

const fn held() -> bool {
    true
}

/// A record as the table stores it.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct StoredDeletion(#[serde(with = "DeletionItem")] Deletion);

/// The outcome of a deletion's first transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeletionBegun {
    /// Nothing of the user works from now on.
    Done,
    /// Something else changed the user at the same moment, and nothing was written.
    Raced,
}

/// The outcome of undoing a deletion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restored {
    /// The account is as it was, without its sessions.
    Done,
    /// The deletion was undone or became final meanwhile, and nothing was written.
    Raced,
}

fn account_partition(account: AccountId) -> String {
    format!("account#{account}")
}

fn user_partition(user: UserId) -> String {
    format!("user#{user}")
}

/// The key of the record of a deletion that can be undone until then, if it can.
fn record_key(user: UserId, restorable_until: Option<Timestamp>) -> ItemKey {
    match restorable_until {
        Some(until) => ItemKey::new(PARTITION, format!("{}#{user}", due(until))),
        None => ItemKey::new(PARTITION, format!("{FINAL}{user}")),
    }
}

/// The beginning of the sort key of a record of a deletion that can be undone until then.
fn due(until: Timestamp) -> String {
    format!("{DUE}{:012}", until.as_seconds())
}

impl Stores {
    /// Marks a user as deleted, revokes every session, records what is to be deleted and when, and puts the notice into
    /// the outbox, in one transaction.
    ///
    /// Repeated, the transaction is recognised by its token; raced, exactly one is done.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be written; then nothing was written.
    #[boxed]
    pub async fn begin_deletion(
        &self,
        user: &User,
        deletion: &Deletion,
        notice: Option<&OutgoingMail>,
        event: &AuditEvent,
        now: Timestamp,
    ) -> Result<DeletionBegun, Fault> {
        let delete = Write::to(&self.users.0, user_key(user.id))
            .set("deleted_at", now)
            .set_some("restorable_until", deletion.restorable_until.as_ref())
            .set("epoch", user.epoch.next())
            .if_equal("epoch", user.epoch)
            .if_is("email", user.email.as_ref())
            // What is not in the record would never be deleted.
            .if_is("upstream", Some(&user.upstream).filter(|links| !links.is_empty()))
            .if_absent("deleted_at");
        let record = Write::to(&self.users.0, record_key(user.id, deletion.restorable_until));
        let mut transaction = Transaction::new(WriteId::generate(now));
        transaction.add(delete.into_update()?, DeletionBegun::Raced);
        transaction.add(record.into_put(&StoredDeletion(deletion.clone()))?, DeletionBegun::Raced);
        self.audit.add_to(&mut transaction, event)?;
        self.add_mail(&mut transaction, notice)?;
        transaction.commit(&self.client, DeletionBegun::Done).await
    }

    /// Undoes a deletion, whose record is deleted with it, and puts the notice into the outbox, in one transaction.
    ///
    /// Repeated, the transaction is recognised by its token; raced by the end of the grace period or another request,
    /// exactly one is done.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be written; then nothing was written.
    #[boxed]
    pub async fn restore(
        &self,
        user: &User,
        notice: Option<&OutgoingMail>,
        event: &AuditEvent,
    ) -> Result<Restored, Fault> {
        let users = &self.users.0;
        let (Some(deleted_at), Some(until)) = (user.deleted_at, user.restorable_until) else {
            return Ok(Restored::Raced);
        };
        let keep = Write::to(users, user_key(user.id))
            .remove("deleted_at")
            .remove("restorable_until")
            .if_equal("deleted_at", deleted_at)
            .if_equal("restorable_until", until)
            .if_absent("disabled_at");
        let record = Write::to(users, record_key(user.id, Some(until)));
        let mut transaction = Transaction::new(WriteId::generate(event.at));
        transaction.add(keep.into_update()?, Restored::Raced);
        transaction.add(record.into_delete()?, Restored::Raced);
        self.audit.add_to(&mut transaction, event)?;
        self.add_mail(&mut transaction, notice)?;
        transaction.commit(&self.client, Restored::Done).await
    }

    /// Deletes the user and their account, and reserves their name and, if it was verified, their address for a while.
    /// The user is the last, so that a repetition finds what is left.
    ///
    /// Repeated, it finds that the names no longer belong to the user, and does nothing.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be written; the next run continues where this one stopped.
    #[boxed]
    pub async fn scrub(&self, deletion: &Deletion, now: Timestamp) -> Result<(), Fault> {
        let users = &self.users.0;
        if let Some(former) = &deletion.former_email {
            Write::to(users, email_key(former)).if_equal("held_for", deletion.user_id).delete().await?;
        }
        let release = |key: ItemKey| {
            Write::to(users, key)
                .set("free_at", deletion.free_at)
                .set("expires_at", deletion.free_at)
                .remove("user_id")
                .if_equal("user_id", deletion.user_id)
                .update()
        };
        match deletion.email.as_ref().map(email_key) {
            Some(email) if deletion.is_email_held => _ = release(email).await?,
            Some(email) => Write::to(users, email).if_equal("user_id", deletion.user_id).delete().await?,
            None => {}
        }
        // The imported id stays reserved as well, so that another run of an import does not bring a deleted user back.
        let names = [deletion.username.as_ref().map(username_key), deletion.import_id.as_ref().map(import_key)];
        for name in names.into_iter().flatten() {
            release(name).await?;
        }
        for identity in &deletion.upstream {
            Write::to(users, upstream_key(identity)).if_equal("user_id", deletion.user_id).delete().await?;
        }
        let mut transaction = Transaction::new(WriteId::generate(now));
        transaction.add(Write::to(users, user_key(deletion.user_id)).into_delete()?, ());
        transaction.add(Write::to(users, account_key(deletion.account_id)).into_delete()?, ());
        transaction.commit(&self.client, ()).await
    }

    /// Deletes up to `most` items of the apps of an account: their webhooks first, then each app before the entry that points to
    /// it; returns how many it deleted.
    ///
    /// Repeated or raced, it finds fewer; if it stops in between, the remaining entries point to what is left.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be read or written.
    #[boxed]
    pub async fn purge_apps(&self, account: AccountId, most: usize) -> Result<usize, Fault> {
        let table = &self.apps.0;
        let mut entries = table.keys(&account_partition(account), most).await?;
        let ids: Vec<AppId> = entries.iter().filter_map(listed_id).collect();
        let of_webhooks = self.webhooks.purge(&ids, most).await?;
        entries.truncate(most - of_webhooks);
        let apps = entries.iter().filter_map(listed_app);
        let apps: Vec<ItemKey> = apps.flat_map(|app| [logo_of(&app), app]).collect();
        table.delete_batch(&apps).await?;
        table.delete_batch(&entries).await?;
        Ok(of_webhooks + entries.len())
    }
}

impl Users {
    /// Lists the deletions that are not settled yet and cannot be undone any more: at most `most`, in no order.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be read.
    #[boxed]
    pub async fn deletions(&self, most: usize, now: Timestamp) -> Result<Vec<Deletion>, Fault> {
        let now = due(now);
        let due = self.0.between::<StoredDeletion>(PARTITION, DUE, &now, most);
        let (due, begun) = try_join(due, self.0.oldest::<StoredDeletion>(PARTITION, FINAL, most)).await?;
        Ok(due.into_iter().chain(begun).take(most).map(|StoredDeletion(deletion)| deletion).collect())
    }

    /// Makes a deletion final: from then on it cannot be undone. Returns whether it is; it is not if it was undone.
    ///
    /// Repeated, it changes nothing; raced by the user, exactly one is done.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written.
    #[boxed]
    pub async fn make_deletion_final(&self, deletion: &Deletion) -> Result<bool, Fault> {
        let write = Write::to(&self.0, user_key(deletion.user_id)).remove("restorable_until");
        // Without a user it was final before.
        let is_undone =
            matches!(write.if_equal("deleted_at", deletion.begun_at).update().await?, Written::Refused(Some(_)));
        Ok(!is_undone)
    }

    /// Deletes up to `most` items of a user's partition, of every version: all but the user's own; returns how many it deleted.
    /// Repeated or raced, it finds fewer.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be read or written.
    #[boxed]
    pub async fn purge(&self, user: UserId, most: usize) -> Result<usize, Fault> {
        // The user's own item stays until the end: it is one more than the others.
        let found = self.0.keys(&user_partition(user), most.saturating_add(1)).await?;
        let keys: Vec<ItemKey> = found.into_iter().filter(|key| *key != user_key(user)).take(most).collect();
        self.0.delete_batch(&keys).await?;
        Ok(keys.len())
    }

    /// Deletes the record of a deletion of which nothing is left. Repeated, it finds nothing and is done.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written.
    #[boxed]
    pub async fn delete_deletion_record(&self, deletion: &Deletion) -> Result<(), Fault> {
        Write::to(&self.0, record_key(deletion.user_id, deletion.restorable_until)).delete().await
    }
}

impl Webhooks {
    /// Deletes up to `most` items of the webhooks of these apps: the attempts, and then the settings, by which they are found;
    /// returns how many it deleted. What waits is not sent without its webhook, and is deleted when it is due.
    ///
    /// Repeated or raced, it finds fewer.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be read or written.
    async fn purge(&self, apps: &[AppId], most: usize) -> Result<usize, Fault> {
        let mut left = most;
        for (app, webhooks) in self.ids_of_apps(apps).await? {
            for webhook in webhooks {
                left -= self.purge_attempts(webhook, left).await?;
            }
            if left == 0 {
                break;
            }
            self.delete_of_app(app).await?;
            left -= 1;
        }
        Ok(most - left)
    }
}

impl Contacts {
    /// Deletes up to `most` items of an account; returns how many it deleted. Repeated or raced, it finds fewer.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be read or written.
    #[boxed]
    pub async fn purge(&self, account: AccountId, most: usize) -> Result<usize, Fault> {
        self.0.empty(&account_partition(account), most).await
    }
}

impl Events {
    /// Deletes up to `most` items of an account: its events block by block, then all others. The counter, by which the blocks are
    /// found, stays until no request can store an event any more, and says how far this went. Returns what it did of `most`, where
    /// a block counts as much as what one call deletes.
    ///
    /// Repeated or raced, it finds fewer.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be read or written.
    #[boxed]
    pub async fn purge(
        &self,
        account: AccountId,
        most: usize,
        is_settled: bool,
        now: Timestamp,
    ) -> Result<usize, Fault> {
        let counter: Counter = self.table.get(&counter_key(account)).await?.unwrap_or_default();
        let mut left = most;
        for block in block_of(counter.gone(now).next()).0..=block_of(counter.sequence).0 {
            left = left.saturating_sub(MOST_DELETED);
            left -= self.table.empty(&block_partition(account, block), left).await?;
            if left == 0 {
                let write = Write::to(&self.table, counter_key(account)).if_exists();
                write.set("marks", Counter::marks_of_deleted(first_of_block(block))).update().await?;
                return Ok(most);
            }
        }
        let partitions = idempotency_partitions(account).into_iter().chain([account_partition(account)]);
        let found = try_join_all(partitions.map(async |partition| self.table.keys(&partition, left + 1).await)).await?;
        let others = found.into_iter().flatten().filter(|key| is_settled || *key != counter_key(account));
        let keys: Vec<ItemKey> = others.take(left).collect();
        self.table.delete_batch(&keys).await?;
        Ok(most - left + keys.len())
    }
}

impl Sessions {
    /// Deletes up to `most` sessions of a user; returns how many it deleted. Repeated or raced, it finds fewer.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be read or written.
    #[boxed]
    pub async fn purge(&self, user: UserId, most: usize) -> Result<usize, Fault> {
        self.0.empty(&user_partition(user), most).await
    }
}

impl Authorizations {
    /// Deletes up to `most` consents, codes and links of a user; returns how many it deleted. Repeated or raced, it
    /// finds fewer.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be read or written.
    #[boxed]
    pub async fn purge(&self, user: UserId, most: usize) -> Result<usize, Fault> {
        self.0.empty(&user_partition(user), most).await
    }
}
