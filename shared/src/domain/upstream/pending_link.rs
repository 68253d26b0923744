//! A pending link: a user signed in with the provider, and its e-mail address belongs to an existing user here.

use std::time::Duration;

use crate::domain::crypto::secret::SecretHash;
use crate::domain::types::email::EmailAddress;
use crate::domain::types::id::uuid_id;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::upstream::identity::UpstreamIdentity;
use crate::domain::user::UserId;

/// How long a link is pending.
const LIFETIME: Duration = Duration::from_secs(900);

uuid_id! {
    /// Identifies a pending link. It is part of page URLs, and useless without the browser's cookie.
    PendingLinkId
}

/// A link that is pending until the user with the provider's e-mail address signs in, in the same browser.
#[derive(Clone, Debug)]
pub struct PendingLink {
    /// Its id.
    pub id: PendingLinkId,
    /// The browser that it belongs to.
    pub browser: SecretHash,
    /// The identity at the provider.
    pub identity: UpstreamIdentity,
    /// The user who has the address here.
    pub user_id: UserId,
    /// The address.
    pub email: EmailAddress,
    /// When it expires.
    pub ends_at: Timestamp,
}

impl PendingLink {
    /// A new pending link; it is not stored yet.
    pub fn new(
        browser: SecretHash,
        identity: UpstreamIdentity,
        user_id: UserId,
        email: EmailAddress,
        now: Timestamp,
    ) -> Self {
        Self { id: PendingLinkId::generate(now), browser, identity, user_id, email, ends_at: now.after(LIFETIME) }
    }

    /// Returns whether it is still pending in this browser.
    pub fn waits_in(&self, browser: &SecretHash, now: Timestamp) -> bool {
        self.browser == *browser && now < self.ends_at
    }
}
