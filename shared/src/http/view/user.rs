//! A user, as the JSON API shows them to themselves.

use serde::Serialize;

use crate::domain::user::{Role, User, UserId};

/// A user.
#[derive(Serialize)]
pub struct UserView {
    id: UserId,
    email: Option<String>,
    email_verified: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    name: String,
    locale: Option<String>,
    role: Role,
}

impl From<&User> for UserView {
    fn from(user: &User) -> Self {
        Self {
            id: user.id,
            email: user.email.as_ref().map(|email| email.as_str().to_owned()),
            email_verified: user.is_email_verified(),
            username: user.username.as_ref().map(|username| username.as_str().to_owned()),
            name: user.name.as_str().to_owned(),
            locale: user.locale.as_ref().map(|locale| locale.as_str().to_owned()),
            role: user.role,
        }
    }
}

/// A response about one user, in the view that the caller may see: `{"user":…}`.
#[derive(Serialize)]
pub struct OneUser<View> {
    user: View,
}

impl<'u, View: From<&'u User>> OneUser<View> {
    /// About this user.
    pub fn new(user: &'u User) -> Self {
        Self { user: user.into() }
    }
}
