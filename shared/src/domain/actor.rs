//! The actor of a request in an account: a user, or an app on a user's behalf.

use crate::domain::authorization::consent::ConsentId;
use crate::domain::client::id::ClientId;
use crate::domain::client::maker::Maker;
use crate::domain::user::User;

/// The user on whose behalf a request is made, and the app that makes it.
#[derive(Clone, Debug)]
pub struct Actor<'u> {
    /// The user: for an app that acts for itself, its creator.
    pub user: &'u User,
    /// The app that makes the request, if any.
    pub client_id: Option<&'u ClientId>,
    /// The user's consent to it; absent if the app acts for itself.
    pub consent_id: Option<ConsentId>,
}

impl<'u> Actor<'u> {
    /// Returns whether an app acts for itself, and not for a user who consented to it.
    pub const fn acts_for_itself(&self) -> bool {
        self.client_id.is_some() && self.consent_id.is_none()
    }

    /// The maker of what the actor creates, if it is an app.
    pub fn as_maker(&self) -> Option<Maker> {
        Some(Maker { client_id: self.client_id?.clone(), consent_id: self.consent_id })
    }

    /// A user who makes the request directly.
    pub const fn of_user(user: &'u User) -> Self {
        Self { user, client_id: None, consent_id: None }
    }
}
