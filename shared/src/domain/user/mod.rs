//! Users: users who sign in.

pub mod account;
pub mod claims;
pub mod deletion;
pub mod profile;

use serde::{Deserialize, Serialize};

use crate::domain::password::{PasswordHash, Personal};
use crate::domain::types::display_name::DisplayName;
use crate::domain::types::email::EmailAddress;
use crate::domain::types::id::uuid_id;
use crate::domain::types::locale::Locale;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::types::username::Username;
use crate::domain::upstream::identity::{UpstreamIdentity, UpstreamLink};
use crate::domain::user::account::AccountId;

uuid_id! {
    /// Identifies a user: the `sub` and `user_id` of their tokens, never given to anybody else.
    UserId
}

/// What a user may do in their account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The account's first user.
    Owner,
    /// Somebody who joined later.
    Member,
}

/// Counts the times that everything a user had was ended at once.
///
/// A session keeps the epoch that it began in; raising the user's ends all of them with one write.
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

/// A user who signs in.
#[derive(Clone, Debug)]
pub struct User {
    /// The user's id.
    pub id: UserId,
    /// The account that they belong to.
    pub account_id: AccountId,
    /// What they sign in with, and where they get mail. Who came by another provider or has a name may have none.
    pub email: Option<EmailAddress>,
    /// When they proved that they get its mail, if they did.
    pub email_verified_at: Option<Timestamp>,
    /// The name that they sign in with, if they have one.
    pub username: Option<Username>,
    /// What they call themselves.
    pub name: DisplayName,
    /// The language that they prefer, if they said so.
    pub locale: Option<Locale>,
    /// What they may do in the account.
    pub role: Role,
    /// Proves their password, if they have one.
    pub password_hash: Option<PasswordHash>,
    /// Who they are at other providers, by whom they may sign in.
    pub upstream: Vec<UpstreamLink>,
    /// Sessions of an earlier epoch have ended.
    pub epoch: Epoch,
    /// Since when an operator keeps them out, if so.
    pub disabled_at: Option<Timestamp>,
    /// Since when they are leaving for good, if so.
    pub deleted_at: Option<Timestamp>,
    /// When they registered.
    pub created_at: Timestamp,
}

impl User {
    /// Says whether the user may use anything at all.
    pub fn is_enabled(&self) -> bool {
        self.disabled_at.is_none() && self.deleted_at.is_none()
    }

    /// Says whether they proved that they get the mail of their address.
    pub const fn is_email_verified(&self) -> bool {
        self.email_verified_at.is_some()
    }

    /// Says whether they can sign in without this identity at another provider.
    pub fn can_do_without(&self, identity: &UpstreamIdentity) -> bool {
        self.password_hash.is_some() || self.upstream.iter().any(|link| link.identity != *identity)
    }

    /// What they know themselves by when they sign in; somebody without address and name is known by what they call
    /// themselves.
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
