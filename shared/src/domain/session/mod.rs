//! Sessions: families of refresh tokens, one generation valid at a time.

pub mod browser_token;
pub mod device;
pub mod id;
pub mod kind;
pub mod known_browser;
pub mod lifetimes;
pub mod proof;
pub mod refresh;
pub mod refresh_token;

use std::time::Duration;

use crate::domain::crypto::secret::SecretHash;
use crate::domain::session::device::Device;
use crate::domain::session::id::SessionId;
use crate::domain::session::kind::SessionKind;
use crate::domain::session::lifetimes::RefreshLifetimes;
use crate::domain::session::proof::AuthenticationMethod;
use crate::domain::types::id::WriteId;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::account::AccountId;
use crate::domain::user::{Epoch, User, UserId};

/// The `client_id` of tokens that belong to no app: the user signed in directly.
pub const FIRST_PARTY_CLIENT: &str = "driftwood";

/// How long after a sign-in a user may add authenticators without another proof.
const RECENT: Duration = Duration::from_secs(600);

/// A refresh-token family.
#[derive(Clone, Debug)]
pub struct Session {
    /// The session's id.
    pub id: SessionId,
    /// Its kind.
    pub kind: SessionKind,
    /// The user who signed in.
    pub user_id: UserId,
    /// The user's account.
    pub account_id: AccountId,
    /// The user's epoch when it started.
    pub epoch: Epoch,
    /// The hash of the secret that all its refresh tokens contain.
    pub secret_hash: SecretHash,
    /// The generation of the refresh token that is valid now.
    pub generation: u32,
    /// Identifies the write that set `generation`.
    pub attempt: WriteId,
    /// How the user signed in.
    pub authenticated_by: AuthenticationMethod,
    /// When the user signed in.
    pub created_at: Timestamp,
    /// When the generation last changed.
    pub rotated_at: Timestamp,
    /// When it expires unless it is used before.
    pub idle_expires_at: Timestamp,
    /// When it expires even if it is used, if ever.
    pub absolute_expires_at: Option<Timestamp>,
    /// When it was revoked, if so.
    pub revoked_at: Option<Timestamp>,
    /// Where the user signed in.
    pub device: Device,
}

/// The credential of a session's tokens or cookie.
#[derive(Clone, Debug)]
pub struct SessionCredential {
    /// The session's id, which the tokens contain.
    pub id: SessionId,
    /// The hash of the secret that they contain.
    pub secret_hash: SecretHash,
}

impl Session {
    /// A session that starts now; it is not stored yet.
    pub fn begin(
        credential: SessionCredential,
        user: &User,
        kind: SessionKind,
        lifetimes: RefreshLifetimes,
        device: Device,
        now: Timestamp,
    ) -> Self {
        let SessionCredential { id, secret_hash } = credential;
        Self {
            id,
            kind,
            user_id: user.id,
            account_id: user.account_id,
            epoch: user.epoch,
            secret_hash,
            generation: 0,
            attempt: WriteId::generate(now),
            authenticated_by: AuthenticationMethod::Secret,
            created_at: now,
            rotated_at: now,
            idle_expires_at: now.after(lifetimes.idle),
            absolute_expires_at: lifetimes.total.map(|total| now.after(total)),
            revoked_at: None,
            device,
        }
    }

    /// Returns whether the user authenticated in person a moment ago, with a password or with a provider.
    pub fn is_recent_sign_in(&self, now: Timestamp) -> bool {
        self.authenticated_by.is_interactive() && now < self.created_at.after(RECENT)
    }

    /// Returns whether the user signed in themselves, at the JSON API or in a browser.
    pub const fn is_in_person(&self) -> bool {
        matches!(self.kind, SessionKind::FirstParty | SessionKind::Browser) && self.authenticated_by.is_interactive()
    }

    /// When it expires unless it is used before.
    pub fn ends_at(&self) -> Timestamp {
        self.absolute_expires_at.map_or(self.idle_expires_at, |end| end.min(self.idle_expires_at))
    }

    /// Returns whether the session's tokens are still valid for this user.
    pub fn is_live(&self, user: &User, now: Timestamp) -> bool {
        self.user_id == user.id
            && self.epoch == user.epoch
            && user.is_enabled()
            && self.revoked_at.is_none()
            && now < self.ends_at()
    }
}
