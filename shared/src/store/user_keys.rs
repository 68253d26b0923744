//! User keys: in the partition of their user, in the table `Users`.

use async_recursion::async_recursion as boxed;
use serde::{Deserialize, Serialize};

use super::stores::Stores;
use super::table::ItemKey;
use super::transaction::{Committed, Transaction};
use super::users::{Users, user_key};
use super::write::{Write, Written};
use crate::domain::audit::AuditEvent;
use crate::domain::mail::message::OutgoingMail;
use crate::domain::password::PasswordHash;
use crate::domain::types::display_name::DisplayName;
use crate::domain::types::id::WriteId;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::account::AccountId;
use crate::domain::user::generation::AuthenticatorGeneration;
use crate::domain::user::{User, UserId};
use crate::domain::user_key::{KeyId, UserKey, UserKeyName};
use crate::dynamodb::TransactItem;
use crate::fault::Fault;

/// The prefix of the sort key of a key.
const PREFIX: &str = "key#";

/// The form of a key in the table.
#[derive(Serialize, Deserialize)]
#[serde(remote = "UserKey")]
struct KeyItem {
    id: KeyId,
    user_id: UserId,
    account_id: AccountId,
    name: DisplayName,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    secret_hash: Option<PasswordHash>,
    #[serde(default, skip_serializing_if = "AuthenticatorGeneration::is_first")]
    authenticators: AuthenticatorGeneration,
    created_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_used_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_used_from: Option<String>,
}

/// A key as the table stores it.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct StoredKey(#[serde(with = "KeyItem")] pub(super) UserKey);

/// How many keys a user has: an attribute of the user's item.
#[derive(Deserialize)]
struct KeyCount {
    #[serde(default)]
    keys: u32,
}

/// The fault when a new key cannot be put.
pub(super) const NEW_KEY_IS_TAKEN: &str = "a new key's id is taken";

/// The outcome of adding a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyAdded {
    /// It was added.
    Done,
    /// The user has as many as they can have.
    TooMany,
    /// The user was disabled or deleted meanwhile.
    Gone,
}

pub(super) fn user_key_item_key(user: UserId, id: KeyId) -> ItemKey {
    ItemKey::new(user_key(user).pk, format!("{PREFIX}{id}"))
}

impl Users {
    /// Lists a user's keys, newest first.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be read.
    #[boxed]
    pub async fn keys(&self, user: UserId) -> Result<Vec<UserKey>, Fault> {
        let items = self.0.newest(&user_key(user).pk, PREFIX, usize::MAX).await?;
        Ok(items.into_iter().map(|StoredKey(key)| key).collect())
    }

    /// Returns a key, if it exists.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be read.
    #[boxed]
    pub async fn find_key(&self, name: UserKeyName) -> Result<Option<UserKey>, Fault> {
        let stored: Option<StoredKey> = self.0.get(&user_key_item_key(name.user_id, name.key_id)).await?;
        Ok(stored.map(|StoredKey(key)| key))
    }

    /// Replaces the hash of a key's own secret by one of the current cost. Repeated, it finds its own hash and does
    /// nothing.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written.
    #[boxed]
    pub async fn upgrade_key_hash(&self, key: &UserKey, new: &PasswordHash) -> Result<(), Fault> {
        let write = Write::to(&self.0, user_key_item_key(key.user_id, key.id)).set("secret_hash", new);
        write.if_is("secret_hash", key.secret_hash.as_ref()).update().await.map(|_: Written| ())
    }
}

impl Users {
    /// Puts a new key, as a part of a transaction.
    pub(super) fn put_key(&self, key: &UserKey) -> Result<TransactItem, Fault> {
        Write::to(&self.0, user_key_item_key(key.user_id, key.id)).if_new().into_put(&StoredKey(key.clone()))
    }

    /// Records that a key was used, by one conditional write; returns whether the key exists.
    ///
    /// Repeated, it sets the same again; raced, the last one wins, and a revoked key is not created again.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written.
    #[boxed]
    pub async fn note_use(&self, key: &UserKey, from: &str, now: Timestamp) -> Result<bool, Fault> {
        let write = Write::to(&self.0, user_key_item_key(key.user_id, key.id)).set("last_used_at", now);
        let write = write.set("last_used_from", from).if_exists();
        Ok(matches!(write.update().await?, Written::Done(_)))
    }
}

impl Stores {
    /// Adds a key to a user's keys, if they have fewer than `most`, records the event, and puts the notice into the outbox,
    /// in one transaction.
    ///
    /// Repeated, the transaction is recognised by its token; raced, there are never more than that.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be written; then the key was not added.
    #[boxed]
    pub async fn add_key(
        &self,
        user: &User,
        key: &UserKey,
        most: u32,
        notice: Option<&OutgoingMail>,
        event: &AuditEvent,
    ) -> Result<KeyAdded, Fault> {
        let users = &self.users.0;
        let count = Write::to(users, user_key(user.id))
            .add("keys", 1)
            .if_exists()
            .if_absent_or_at_most("keys", most.saturating_sub(1))
            .if_absent("disabled_at")
            .if_absent("deleted_at");
        let mut transaction = Transaction::new(WriteId::generate(key.created_at));
        transaction.add(count.into_update()?, ());
        transaction.add_certain(self.users.put_key(key)?, NEW_KEY_IS_TAKEN);
        self.audit.add_to(&mut transaction, event)?;
        self.add_mail(&mut transaction, notice)?;
        match transaction.run(&self.client).await? {
            Committed::Done => Ok(KeyAdded::Done),
            Committed::Refused { item, .. } => {
                let count = item.map(|item| users.read(&user_key(user.id), &item)).transpose()?;
                let is_full = count.is_some_and(|KeyCount { keys }| keys >= most);
                Ok(if is_full { KeyAdded::TooMany } else { KeyAdded::Gone })
            }
        }
    }

    /// Renames a key, and records the event, in one transaction; returns whether the key exists.
    ///
    /// Repeated, the transaction is recognised by its token; raced, the last one wins.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be written; then it keeps its name.
    #[boxed]
    pub async fn rename_key(
        &self,
        key: UserKeyName,
        name: &DisplayName,
        event: &AuditEvent,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let write = Write::to(&self.users.0, user_key_item_key(key.user_id, key.key_id)).set("name", name);
        let mut transaction = Transaction::new(WriteId::generate(now));
        transaction.add(write.if_exists().into_update()?, false);
        self.audit.add_to(&mut transaction, event)?;
        transaction.commit(&self.client, true).await
    }

    /// Deletes a key, which revokes every session that began with it, and records the event, all in one transaction.
    /// Returns whether the key existed.
    ///
    /// Repeated, the transaction is recognised by its token; raced, exactly one is done, and the user has one key less.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be written; then the key stays valid.
    #[boxed]
    pub async fn revoke_key(&self, key: UserKeyName, event: &AuditEvent, now: Timestamp) -> Result<bool, Fault> {
        let users = &self.users.0;
        let end = Write::to(users, user_key_item_key(key.user_id, key.key_id)).if_exists();
        let count = Write::to(users, user_key(key.user_id)).add("keys", -1).if_exists();
        let mut transaction = Transaction::new(WriteId::generate(now));
        transaction.add(end.into_delete()?, false);
        transaction.add(count.into_update()?, false);
        self.audit.add_to(&mut transaction, event)?;
        transaction.commit(&self.client, true).await
    }
}
