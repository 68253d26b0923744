//! The actor of a request in an account: a user, or an app on a user's behalf.

use crate::domain::client::id::ClientId;
use crate::domain::user::User;

/// The user on whose behalf a request is made, and the app that makes it.
#[derive(Clone, Debug)]
pub struct Actor<'u> {
    /// The user: for an app that acts for itself, its creator.
    pub user: &'u User,
    /// The app that makes the request, if any.
    pub client_id: Option<&'u ClientId>,
    /// Whether the app acts for itself, and not for a user who consented to it.
    pub acts_for_itself: bool,
}

impl<'u> Actor<'u> {
    /// A user who makes the request directly.
    pub const fn of_user(user: &'u User) -> Self {
        Self { user, client_id: None, acts_for_itself: false }
    }
}
