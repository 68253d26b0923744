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

/// The longest grace period that an operator can set.
pub const LONGEST_GRACE: Duration = Duration::from_secs(30 * 86_400);
/// The shortest grace period of a deletion by an app.
const SHORTEST_GRACE_OF_APP: Duration = Duration::from_secs(86_400);

/// Who deletes an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeletedBy {
    /// The user, who confirmed it.
    User,
    /// An app that acts for them.
    App,
}

impl DeletedBy {
    /// For how long the user can undo the deletion, where the operator set this grace period: an app alone never deletes
    /// at once.
    pub fn grace(self, configured: Duration) -> Duration {
        match self {
            Self::User => configured,
            Self::App => configured.max(SHORTEST_GRACE_OF_APP),
        }
    }
}

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
    /// Until when the user can undo it, if they can. Nothing is deleted before.
    pub restorable_until: Option<Timestamp>,
    /// When address and username become available to new users.
    pub free_at: Timestamp,
    /// When the deletion started.
    pub begun_at: Timestamp,
}

impl Deletion {
    /// A deletion that starts now; `grace` is for how long the user can undo it.
    pub fn new(user: &User, grace: Duration, address_hold: Duration, now: Timestamp) -> Self {
        let restorable_until = (!grace.is_zero()).then(|| now.after(grace));
        Self {
            user_id: user.id,
            account_id: user.account_id,
            email: user.email.clone(),
            former_email: user.former_email.as_ref().map(|former| former.address.clone()),
            username: user.username.clone(),
            upstream: user.upstream.iter().map(|link| link.identity.clone()).collect(),
            is_email_held: user.is_email_verified(),
            import_id: user.import_id.clone(),
            restorable_until,
            free_at: now.after(grace).after(address_hold),
            begun_at: now,
        }
    }

    /// Returns whether no concurrent request can write items any longer.
    pub fn is_settled(&self, now: Timestamp) -> bool {
        self.begun_at.after(AFTERMATH) <= now
    }
}
