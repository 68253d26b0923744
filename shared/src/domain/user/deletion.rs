//! Account deletions that have started.

use std::time::Duration;

use crate::domain::types::email::EmailAddress;
use crate::domain::types::import_id::ImportId;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::types::username::Username;
use crate::domain::upstream::identity::UpstreamIdentity;
use crate::domain::user::account::AccountId;
use crate::domain::user::{User, UserId};

/// How long after the first transaction concurrent requests may still write items; these are deleted too.
const AFTERMATH: Duration = Duration::from_secs(300);

/// An account deletion: what has to be deleted.
#[derive(Clone, Debug)]
pub struct Deletion {
    /// The user.
    pub user_id: UserId,
    /// Their account.
    pub account_id: AccountId,
    /// Their address, if they had one.
    pub email: Option<EmailAddress>,
    /// The address that they had before and could return to, if any.
    pub former_email: Option<EmailAddress>,
    /// Their username, if they had one.
    pub username: Option<Username>,
    /// Their identities at upstream providers.
    pub upstream: Vec<UpstreamIdentity>,
    /// Whether the address is held until then, because it was verified; otherwise it is free at once.
    pub is_email_held: bool,
    /// Their id in the system from which they were imported, if they were.
    pub import_id: Option<ImportId>,
    /// When address and username become available to new users.
    pub free_at: Timestamp,
    /// When the deletion started.
    pub begun_at: Timestamp,
}

impl Deletion {
    /// A deletion that starts now.
    pub fn new(user: &User, address_hold: Duration, now: Timestamp) -> Self {
        Self {
            user_id: user.id,
            account_id: user.account_id,
            email: user.email.clone(),
            former_email: user.former_email.as_ref().map(|former| former.address.clone()),
            username: user.username.clone(),
            upstream: user.upstream.iter().map(|link| link.identity.clone()).collect(),
            is_email_held: user.is_email_verified(),
            import_id: user.import_id.clone(),
            free_at: now.after(address_hold),
            begun_at: now,
        }
    }

    /// Returns whether no concurrent request can write items any longer.
    pub fn is_settled(&self, now: Timestamp) -> bool {
        self.begun_at.after(AFTERMATH) <= now
    }
}
