//! A user, as operators see one.

use serde::Serialize;

use crate::account::AccountId;
use crate::user::{Role, User, UserId};

/// A user without what proves who they are.
#[derive(Serialize)]
pub struct UserRecord {
    id: UserId,
    account_id: AccountId,
    email: String,
    name: String,
    role: Role,
    created_at: String,
    disabled_at: Option<String>,
}

impl From<&User> for UserRecord {
    fn from(user: &User) -> Self {
        Self {
            id: user.id,
            account_id: user.account_id,
            email: user.email.as_str().to_owned(),
            name: user.name.as_str().to_owned(),
            role: user.role,
            created_at: user.created_at.to_rfc3339(),
            disabled_at: user.disabled_at.map(|at| at.to_rfc3339()),
        }
    }
}

/// An answer that shows one user.
#[derive(Serialize)]
pub struct OneUser {
    user: UserRecord,
}

impl OneUser {
    /// The user.
    pub fn new(user: &User) -> Self {
        Self { user: UserRecord::from(user) }
    }
}
