//! A user, as operators see one.

use serde::Serialize;

use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::User;
use crate::domain::user::account::AccountId;
use crate::http::view::user::UserView;

/// A user as they see themselves, and everything else that is stored about them but their credentials.
#[derive(Serialize)]
pub struct UserRecord {
    #[serde(flatten)]
    user: UserView,
    account_id: AccountId,
    created_at: String,
    disabled_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    import_id: Option<String>,
}

impl From<&User> for UserRecord {
    fn from(user: &User) -> Self {
        Self {
            user: user.into(),
            account_id: user.account_id,
            created_at: user.created_at.to_rfc3339(),
            disabled_at: user.disabled_at.map(Timestamp::to_rfc3339),
            deleted_at: user.deleted_at.map(Timestamp::to_rfc3339),
            import_id: user.import_id.as_ref().map(|id| id.as_str().to_owned()),
        }
    }
}
