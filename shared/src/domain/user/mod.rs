//! Users.

pub mod account;
pub mod binding;
pub mod claims;
pub mod deletion;
pub mod generation;
pub mod import;
pub mod profile;
pub mod restoration;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::password::{PasswordHash, Personal};
use crate::domain::types::display_name::DisplayName;
use crate::domain::types::email::EmailAddress;
use crate::domain::types::id::uuid_id;
use crate::domain::types::import_id::ImportId;
use crate::domain::types::locale::Locale;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::types::username::Username;
use crate::domain::upstream::identity::{UpstreamIdentity, UpstreamLink};
use crate::domain::user::account::AccountId;
use crate::domain::user::generation::AuthenticatorGeneration;

uuid_id! {
    /// Identifies a user: the `sub` and `user_id` of their tokens, never assigned to another user.
    UserId
}

/// What a user may do in their account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The account's first user.
    Owner,
    /// A user who joined later.
    Member,
}

impl Role {
    /// Its name in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Member => "member",
        }
    }
}

/// Counts how often all sessions and tokens of a user were revoked at once.
///
/// A session stores the epoch in which it started; incrementing the user's epoch revokes all sessions with one write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Epoch(u64);

impl Epoch {
    /// A new user's epoch.
    pub const FIRST: Self = Self(1);

    /// The epoch after this one.
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// How long a user can say that a change of their account was not made by them.
pub const SECOND_THOUGHTS: Duration = Duration::from_secs(7 * 86_400);

/// An address that a user had before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormerEmail {
    /// The address.
    pub address: EmailAddress,
    /// Until when no other user can have it.
    pub held_until: Timestamp,
}

/// A user who signs in.
#[derive(Clone, Debug)]
pub struct User {
    /// The user's id.
    pub id: UserId,
    /// The account that they belong to.
    pub account_id: AccountId,
    /// Their e-mail address, with which they sign in. A user with an upstream identity or a username may have none.
    pub email: Option<EmailAddress>,
    /// When the address was verified, if it was.
    pub email_verified_at: Option<Timestamp>,
    /// Their username, if they have one.
    pub username: Option<Username>,
    /// Their display name.
    pub name: DisplayName,
    /// Their preferred language, if they set one.
    pub locale: Option<Locale>,
    /// Their role in the account.
    pub role: Role,
    /// The hash of their password, if they have one.
    pub password_hash: Option<PasswordHash>,
    /// Their identities at upstream providers, with which they may sign in.
    pub upstream: Vec<UpstreamLink>,
    /// Their epoch; sessions of an earlier one are revoked.
    pub epoch: Epoch,
    /// The generation of their authenticators; user keys and consents of an earlier one are worth nothing.
    pub authenticators: AuthenticatorGeneration,
    /// The generation from which on the apps that they create work: those made before the address was verified wait
    /// until the user decides to keep or delete them.
    pub apps_from: AuthenticatorGeneration,
    /// When an operator disabled them, if so.
    pub disabled_at: Option<Timestamp>,
    /// When their account deletion started, if so.
    pub deleted_at: Option<Timestamp>,
    /// Until when the user can undo the deletion, if they can.
    pub restorable_until: Option<Timestamp>,
    /// The verified address that they had before the current one, for as long as it can be restored.
    pub former_email: Option<FormerEmail>,
    /// When they registered, here or in the system from which they were imported.
    pub created_at: Timestamp,
    /// The network address from which they registered, if it is known.
    pub registered_from: Option<String>,
    /// Their id in the system from which they were imported, if they were.
    pub import_id: Option<ImportId>,
}

impl User {
    /// Returns whether the user is neither disabled nor deleted.
    pub fn is_enabled(&self) -> bool {
        self.disabled_at.is_none() && self.deleted_at.is_none()
    }

    /// Returns whether the user deleted their account, and can still undo that.
    pub fn is_restorable(&self, now: Timestamp) -> bool {
        self.disabled_at.is_none() && self.restorable_until.is_some_and(|until| now < until)
    }

    /// Returns whether another user may have the user's address: they deleted their account, and never verified it.
    pub const fn has_given_up_email(&self) -> bool {
        self.deleted_at.is_some() && self.email_verified_at.is_none()
    }

    /// Returns whether the user's e-mail address is verified.
    pub const fn is_email_verified(&self) -> bool {
        self.email_verified_at.is_some()
    }

    /// The former address that is held for the user, who has another one now.
    pub fn former_email_held(&self, now: Timestamp) -> Option<&FormerEmail> {
        let former = self.former_email.as_ref().filter(|former| now < former.held_until);
        former.filter(|former| self.email.as_ref() != Some(&former.address))
    }

    /// The address to which the user can return after their address changes now: the first of the last week's that was
    /// verified, so that a thief who changes it twice does not lose it for them.
    pub fn email_to_return_to(&self, now: Timestamp) -> Option<FormerEmail> {
        let held = self.former_email_held(now).cloned();
        let current = self.email.as_ref().filter(|_| self.is_email_verified());
        held.or(current.map(|address| FormerEmail { address: address.clone(), held_until: now.after(SECOND_THOUGHTS) }))
    }

    /// Returns whether the user can sign in without this upstream identity.
    pub fn can_do_without(&self, identity: &UpstreamIdentity) -> bool {
        self.password_hash.is_some() || self.upstream.iter().any(|link| link.identity != *identity)
    }

    /// What the user can sign in with: their e-mail address and their username. The display name is none of them,
    /// because it is chosen freely and may be another user's e-mail address.
    pub fn sign_in_names(&self) -> impl Iterator<Item = &str> {
        self.email.iter().map(EmailAddress::as_str).chain(self.username.iter().map(Username::as_str))
    }

    /// The name that identifies the user on pages: their e-mail address, or else their username, or else their display
    /// name.
    pub fn known_as(&self) -> &str {
        let email = self.email.as_ref().map(EmailAddress::as_str);
        email.or(self.username.as_ref().map(Username::as_str)).unwrap_or(self.name.as_str())
    }
}

impl<'p> From<&'p User> for Personal<'p> {
    fn from(user: &'p User) -> Self {
        Self { email: user.email.as_ref(), username: user.username.as_ref(), name: Some(&user.name) }
    }
}
