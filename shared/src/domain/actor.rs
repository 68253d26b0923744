//! Whoever does something in an account: a user, or an app in a user's name.

use crate::domain::client::id::ClientId;
use crate::domain::user::account::AccountId;
use crate::domain::user::{User, UserId};

/// In whose name something is done, and by what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The account in which it is done.
    pub account_id: AccountId,
    /// The user: of an app that speaks for itself, its creator.
    pub user_id: UserId,
    /// The app by which it is done, if it is by one.
    pub client_id: Option<ClientId>,
}

impl Actor {
    /// A user who does it themselves.
    pub const fn of_user(user: &User) -> Self {
        Self { account_id: user.account_id, user_id: user.id, client_id: None }
    }
}
