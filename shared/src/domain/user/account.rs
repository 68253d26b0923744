//! Accounts: the tenants. Everything that a user or an app sees belongs to one.

use crate::domain::types::display_name::DisplayName;
use crate::domain::types::id::uuid_id;
use crate::domain::types::timestamp::Timestamp;

uuid_id! {
    /// Identifies an account; callers know it as `account_id`, `org_id` or `orgId`.
    AccountId
}

/// A tenant, made with its first user.
#[derive(Clone, Debug)]
pub struct Account {
    /// The account's id.
    pub id: AccountId,
    /// What users call it: the first user's name, until somebody changes it.
    pub name: DisplayName,
    /// When it was made.
    pub created_at: Timestamp,
}
