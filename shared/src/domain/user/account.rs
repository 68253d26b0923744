//! Accounts: the tenants. All data of a user or an app belongs to one.

use crate::domain::types::display_name::DisplayName;
use crate::domain::types::id::uuid_id;
use crate::domain::types::timestamp::Timestamp;

uuid_id! {
    /// Identifies an account; callers see it as `account_id`, `org_id` or `orgId`.
    AccountId
}

/// A tenant, created with its first user.
#[derive(Clone, Debug)]
pub struct Account {
    /// The account's id.
    pub id: AccountId,
    /// Its name: the first user's name, until a user changes it.
    pub name: DisplayName,
    /// When it was created.
    pub created_at: Timestamp,
}
