//! Deletions that have begun.

use std::time::Duration;

use crate::domain::types::email::EmailAddress;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::types::username::Username;
use crate::domain::upstream::identity::UpstreamIdentity;
use crate::domain::user::account::AccountId;
use crate::domain::user::{User, UserId};

/// For so long after the first transaction, something that was under way then may still be written; it is taken away too.
const AFTERMATH: Duration = Duration::from_secs(300);

/// What is to be taken away.
#[derive(Clone, Debug)]
pub struct Deletion {
    /// The user.
    pub user_id: UserId,
    /// Their account.
    pub account_id: AccountId,
    /// Their address, if they had one.
    pub email: Option<EmailAddress>,
    /// The name that they signed in with, if they had one.
    pub username: Option<Username>,
    /// Who they were at other providers.
    pub upstream: Vec<UpstreamIdentity>,
    /// From when on somebody else may have address and name.
    pub free_at: Timestamp,
    /// When they left.
    pub begun_at: Timestamp,
}

impl Deletion {
    /// A deletion that begins now.
    pub fn new(user: &User, address_hold: Duration, now: Timestamp) -> Self {
        Self {
            user_id: user.id,
            account_id: user.account_id,
            email: user.email.clone(),
            username: user.username.clone(),
            upstream: user.upstream.iter().map(|link| link.identity.clone()).collect(),
            free_at: now.after(address_hold),
            begun_at: now,
        }
    }

    /// Says whether nothing can come after it any more.
    pub fn is_settled(&self, now: Timestamp) -> bool {
        self.begun_at.after(AFTERMATH) <= now
    }
}
