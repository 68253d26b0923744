//! A link that waits for proof: somebody came by the provider with the e-mail address of a user here.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::crypto::secret::SecretHash;
use crate::domain::types::email::EmailAddress;
use crate::domain::types::id::uuid_id;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::upstream::identity::UpstreamIdentity;
use crate::domain::user::UserId;

/// How long somebody may take to prove it.
const LIFETIME: Duration = Duration::from_secs(900);

uuid_id! {
    /// Identifies a link that waits. It is in the address of our pages, and worth nothing without the browser's cookie.
    PendingLinkId
}

/// A link that waits until somebody signs in, in the same browser, as the user whose address the provider named.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PendingLink {
    /// Its id.
    pub id: PendingLinkId,
    /// The browser that it waits in.
    pub browser: SecretHash,
    /// Who came.
    pub identity: UpstreamIdentity,
    /// Whose address they came with.
    pub user_id: UserId,
    /// The address.
    pub email: EmailAddress,
    /// When it is too late.
    pub ends_at: Timestamp,
}

impl PendingLink {
    /// A link that waits from now on; it is not stored yet.
    pub fn new(
        browser: SecretHash,
        identity: UpstreamIdentity,
        user_id: UserId,
        email: EmailAddress,
        now: Timestamp,
    ) -> Self {
        Self { id: PendingLinkId::generate(now), browser, identity, user_id, email, ends_at: now.after(LIFETIME) }
    }

    /// Says whether it waits in this browser, still.
    pub fn waits_in(&self, browser: &SecretHash, now: Timestamp) -> bool {
        self.browser == *browser && now < self.ends_at
    }
}
