//! The actor of a request in an account: a user, or an app on a user's behalf.

use crate::domain::client::id::ClientId;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::account::AccountId;
use crate::domain::user::generation::AuthenticatorGeneration;
use crate::domain::user::{User, UserId};

/// The user on whose behalf a request is made, and the app that makes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The account.
    pub account_id: AccountId,
    /// The user: for an app that acts for itself, its creator.
    pub user_id: UserId,
    /// The app that makes the request, if any.
    pub client_id: Option<ClientId>,
    /// The generation of the user's authenticators.
    pub authenticators: AuthenticatorGeneration,
    /// The generation from which on the apps that the user creates work.
    pub apps_from: AuthenticatorGeneration,
    /// When the user's address was verified, if it was.
    pub email_verified_at: Option<Timestamp>,
}

impl Actor {
    /// A user who makes the request directly.
    pub const fn of_user(user: &User) -> Self {
        Self {
            account_id: user.account_id,
            user_id: user.id,
            client_id: None,
            authenticators: user.authenticators,
            apps_from: user.apps_from,
            email_verified_at: user.email_verified_at,
        }
    }
}
