//! `Users`: users, accounts, and the items that make their addresses and names unique.

use async_recursion::async_recursion as boxed;
use serde::{Deserialize, Serialize};

use super::table::{ItemKey, Table};
use super::write::{Write, Written};
use crate::domain::password::PasswordHash;
use crate::domain::types::display_name::DisplayName;
use crate::domain::types::email::EmailAddress;
use crate::domain::types::import_id::ImportId;
use crate::domain::types::locale::Locale;
use crate::domain::types::sign_in_name::SignInName;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::types::username::Username;
use crate::domain::upstream::identity::{UpstreamIdentity, UpstreamLink};
use crate::domain::user::account::{Account, AccountId};
use crate::domain::user::generation::AuthenticatorGeneration;
use crate::domain::user::{Epoch, FormerEmail, Role, User, UserId};
use crate::dynamodb::TransactItem;
use crate::fault::Fault;

/// The table `Users`.
pub struct Users(pub(super) Table);

/// The form of a user in the table.
#[derive(Serialize, Deserialize)]
#[serde(remote = "User")]
struct UserItem {
    id: UserId,
    account_id: AccountId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    email: Option<EmailAddress>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    email_verified_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    username: Option<Username>,
    name: DisplayName,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    locale: Option<Locale>,
    role: Role,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    password_hash: Option<PasswordHash>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    upstream: Vec<UpstreamLink>,
    epoch: Epoch,
    #[serde(default, skip_serializing_if = "AuthenticatorGeneration::is_first")]
    authenticators: AuthenticatorGeneration,
    #[serde(default, skip_serializing_if = "AuthenticatorGeneration::is_first")]
    apps_from: AuthenticatorGeneration,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    disabled_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    deleted_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    restorable_until: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    former_email: Option<FormerEmail>,
    created_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    registered_from: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    import_id: Option<ImportId>,
}

/// A user as the table stores it.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct StoredUser(#[serde(with = "UserItem")] pub(super) User);

/// A new user, with the attributes for the index of all users.
#[derive(Serialize)]
pub(super) struct NewUserItem {
    #[serde(flatten)]
    user: StoredUser,
    listed: &'static str,
    /// How many user keys they have.
    keys: u32,
}

impl NewUserItem {
    /// The partition of the index that has every user.
    pub(super) const LISTED: &str = "user";

    pub(super) fn of(user: &User, keys: u32) -> Self {
        Self { user: StoredUser(user.clone()), listed: Self::LISTED, keys }
    }
}

#[derive(Serialize)]
pub(super) struct AccountItem<'a> {
    id: AccountId,
    name: &'a DisplayName,
    created_at: Timestamp,
}

/// The item that makes an e-mail address, a name, an identity at another provider or an imported id unique. After the
/// user was deleted it has no user, and `free_at` in their place: from then on another user may have it. So has the former
/// address of a user, with `held_for`, because they may return to it before.
#[derive(Serialize, Deserialize)]
pub(super) struct ClaimItem {
    #[serde(default)]
    pub(super) user_id: Option<UserId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) free_at: Option<Timestamp>,
}

pub(super) fn user_key(id: UserId) -> ItemKey {
    ItemKey::new(format!("user#{id}"), "user")
}

pub(super) fn account_key(id: AccountId) -> ItemKey {
    ItemKey::new(format!("account#{id}"), "account")
}

pub(super) fn email_key(email: &EmailAddress) -> ItemKey {
    ItemKey::new(format!("email#{}", email.as_str()), "email")
}

/// The key of the item that makes an identity at the provider unique.
pub(super) fn upstream_key(identity: &UpstreamIdentity) -> ItemKey {
    ItemKey::new(format!("upstream#{}", identity.key()), "upstream")
}

/// The key of the item that makes an id in another system unique.
pub(super) fn import_key(id: &ImportId) -> ItemKey {
    ItemKey::new(format!("import#{}", id.key()), "import")
}

pub(super) fn username_key(username: &Username) -> ItemKey {
    ItemKey::new(format!("username#{}", username.as_str()), "username")
}

impl Users {
    /// Returns the user with this e-mail address or name.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be read.
    #[boxed]
    pub async fn find_by_name(&self, name: &SignInName) -> Result<Option<UserId>, Fault> {
        let key = match name {
            SignInName::Email(email) => email_key(email),
            SignInName::Username(username) => username_key(username),
        };
        let item: Option<ClaimItem> = self.0.get(&key).await?;
        Ok(item.and_then(|item| item.user_id))
    }

    /// Returns a user, if they exist.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be read.
    #[boxed]
    pub async fn find(&self, id: UserId) -> Result<Option<User>, Fault> {
        let stored: Option<StoredUser> = self.0.get(&user_key(id)).await?;
        Ok(stored.map(|StoredUser(user)| user))
    }

    /// Replaces a password hash by one of the current cost, unless the password was changed meanwhile.
    ///
    /// Repeated, it finds its own hash and does nothing; raced by a password change, it loses.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written.
    #[boxed]
    pub async fn upgrade_password_hash(&self, user: &User, new: &PasswordHash) -> Result<(), Fault> {
        let write = Write::to(&self.0, user_key(user.id))
            .set("password_hash", new)
            .if_is("password_hash", user.password_hash.as_ref());
        write.update().await.map(|_: Written| ())
    }
}

impl Users {
    /// Claims an e-mail address for a user, as a part of a transaction: if no user has it, or it is free again.
    pub(super) fn claim_email(
        &self,
        email: &EmailAddress,
        user: UserId,
        now: Timestamp,
    ) -> Result<TransactItem, Fault> {
        self.claim(email_key(email), user, now)
    }

    /// Gives an address from one user to another, as a part of a transaction.
    pub(super) fn pass_email_on(&self, email: &EmailAddress, from: UserId, to: UserId) -> Result<TransactItem, Fault> {
        let claim = Write::to(&self.0, email_key(email)).if_equal("user_id", from);
        claim.into_put(&ClaimItem { user_id: Some(to), free_at: None })
    }

    /// Claims a name to sign in with for a user, in the same way.
    pub(super) fn claim_username(
        &self,
        username: &Username,
        user: UserId,
        now: Timestamp,
    ) -> Result<TransactItem, Fault> {
        self.claim(username_key(username), user, now)
    }

    /// Claims an identity at another provider for a user, in the same way.
    pub(super) fn claim_upstream(
        &self,
        identity: &UpstreamIdentity,
        user: UserId,
        now: Timestamp,
    ) -> Result<TransactItem, Fault> {
        self.claim(upstream_key(identity), user, now)
    }

    /// Claims an id in another system for a user, in the same way.
    pub(super) fn claim_import_id(&self, id: &ImportId, user: UserId, now: Timestamp) -> Result<TransactItem, Fault> {
        self.claim(import_key(id), user, now)
    }

    fn claim(&self, key: ItemKey, user: UserId, now: Timestamp) -> Result<TransactItem, Fault> {
        let item = ClaimItem { user_id: Some(user), free_at: None };
        Write::to(&self.0, key).if_free_for(user, now).into_put(&item)
    }
}

impl<'a> From<&'a Account> for AccountItem<'a> {
    fn from(account: &'a Account) -> Self {
        Self { id: account.id, name: &account.name, created_at: account.created_at }
    }
}
