//! Sessions: families of refresh tokens, one generation valid at a time.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::account::AccountId;
use crate::clock::Timestamp;
use crate::consent::Grant;
use crate::id::{AttemptId, uuid_id};
use crate::secret::SecretHash;
use crate::token::refresh_token::RefreshToken;
use crate::user::{Epoch, User, UserId};
use crate::user_key::KeyId;

uuid_id! {
    /// Identifies a session: the `sid` of its tokens.
    SessionId
}

/// The `client_id` of tokens that no app asked for: somebody signed in to us directly.
pub const FIRST_PARTY_CLIENT: &str = "driftwood";

/// Who holds a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Holder {
    /// A person who signed in to the JSON API.
    FirstParty,
    /// A person who signed in to our pages: a cookie, and no refresh tokens.
    Browser,
    /// An app, with what a person let it do.
    OauthClient {
        /// That.
        grant: Grant,
    },
    /// A script with a user key.
    UserKey {
        /// The key; the session ends with it.
        key_id: KeyId,
    },
}

impl Holder {
    /// The kind of the refresh tokens that it exchanges, if it does.
    pub const fn token_kind(&self) -> Option<TokenKind> {
        match self {
            Self::FirstParty => Some(TokenKind::FirstParty),
            Self::OauthClient { .. } => Some(TokenKind::OauthClient),
            Self::Browser | Self::UserKey { .. } => None,
        }
    }

    /// What a person let an app do, if an app holds the session.
    pub const fn grant(&self) -> Option<&Grant> {
        match self {
            Self::OauthClient { grant } => Some(grant),
            Self::FirstParty | Self::Browser | Self::UserKey { .. } => None,
        }
    }

    /// The user key that the session rests on, if a script holds it.
    pub const fn key(&self) -> Option<KeyId> {
        match self {
            Self::UserKey { key_id } => Some(*key_id),
            Self::FirstParty | Self::Browser | Self::OauthClient { .. } => None,
        }
    }

    /// Says whether its tokens speak for the person themselves.
    pub const fn is_the_person(&self) -> bool {
        matches!(self, Self::FirstParty | Self::UserKey { .. })
    }
}

/// The kind of a refresh token; one of a kind is worth nothing at the endpoint of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenKind {
    /// Of a person who signed in to the JSON API.
    FirstParty,
    /// Of an app, after a person's consent.
    OauthClient,
}

/// From where and with what somebody signed in, for them to recognise it later.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// The network address.
    pub address: String,
    /// What the browser or program calls itself, at most 200 characters.
    pub user_agent: String,
}

/// How somebody proved who they are when a session began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProvenBy {
    /// By their password or another secret of theirs that we know.
    #[default]
    Secret,
    /// By another provider's word.
    Provider,
}

impl ProvenBy {
    /// The methods to tell an app (RFC 8176 §2). How another provider asked for proof is not ours to say.
    pub fn methods(self) -> Vec<String> {
        match self {
            Self::Secret => vec!["pwd".to_owned()],
            Self::Provider => Vec::new(),
        }
    }
}

/// How long refresh tokens live.
#[derive(Clone, Copy, Debug)]
pub struct RefreshLifetimes {
    /// From each use.
    pub idle: Duration,
    /// In all, counted from the sign-in; without it, as long as they are used.
    pub total: Option<Duration>,
    /// How long the previous token still gets the successor that it was exchanged for.
    pub grace: Duration,
}

/// A refresh-token family.
#[derive(Clone, Debug)]
pub struct Session {
    /// The session's id.
    pub id: SessionId,
    /// Who holds it.
    pub holder: Holder,
    /// The person who signed in.
    pub user_id: UserId,
    /// The account that they signed in to.
    pub account_id: AccountId,
    /// The user's epoch when it began.
    pub epoch: Epoch,
    /// Proves the secret that all its refresh tokens carry.
    pub secret_hash: SecretHash,
    /// The generation of the refresh token that is valid now.
    pub generation: u32,
    /// Names the write that made `generation` what it is.
    pub attempt: AttemptId,
    /// How somebody signed in.
    pub proven_by: ProvenBy,
    /// When somebody signed in.
    pub created_at: Timestamp,
    /// When the generation last changed.
    pub rotated_at: Timestamp,
    /// When it ends unless it is used before.
    pub idle_expires_at: Timestamp,
    /// When it ends however much it is used, if ever.
    pub absolute_expires_at: Option<Timestamp>,
    /// When it was ended, if so.
    pub revoked_at: Option<Timestamp>,
    /// Where somebody signed in.
    pub device: Device,
}

/// What is to be done with a presented refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refresh {
    /// It is the valid one: exchange it.
    Rotate,
    /// It was exchanged a moment ago, and the answer may be lost: give the same successor again.
    Repeat,
    /// It was exchanged long ago or more than once over: somebody else holds it, so end the session.
    Theft,
    /// It is worth nothing, and nothing changes.
    Refuse,
}

impl Session {
    /// A session that begins now; it is not stored yet.
    pub fn begin(
        id: SessionId,
        user: &User,
        holder: Holder,
        secret_hash: SecretHash,
        lifetimes: RefreshLifetimes,
        device: Device,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            holder,
            user_id: user.id,
            account_id: user.account_id,
            epoch: user.epoch,
            secret_hash,
            generation: 0,
            attempt: AttemptId::generate(now),
            proven_by: ProvenBy::Secret,
            created_at: now,
            rotated_at: now,
            idle_expires_at: now.after(lifetimes.idle),
            absolute_expires_at: lifetimes.total.map(|total| now.after(total)),
            revoked_at: None,
            device,
        }
    }

    /// When it ends unless it is used before.
    pub fn ends_at(&self) -> Timestamp {
        self.absolute_expires_at.map_or(self.idle_expires_at, |end| end.min(self.idle_expires_at))
    }

    /// Says whether the session's tokens still work for this user.
    pub fn is_live(&self, user: &User, now: Timestamp) -> bool {
        self.user_id == user.id
            && self.epoch == user.epoch
            && user.is_enabled()
            && self.revoked_at.is_none()
            && now < self.ends_at()
    }

    /// Decides about a refresh token whose MAC has been verified.
    pub fn decide(&self, token: &RefreshToken, user: &User, now: Timestamp, grace: Duration) -> Refresh {
        let is_ours = token.session_id == self.id
            && self.holder.token_kind() == Some(token.kind)
            && self.secret_hash.matches(&token.secret);
        if !is_ours || !self.is_live(user, now) {
            return Refresh::Refuse;
        }
        match self.generation.checked_sub(token.generation) {
            Some(0) => Refresh::Rotate,
            // The window counts from the rotation and is never renewed, and only the last generation has one.
            Some(1) if now < self.rotated_at.after(grace) => Refresh::Repeat,
            Some(_) => Refresh::Theft,
            None => Refresh::Refuse,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::email::EmailAddress;
    use crate::password::PasswordHash;
    use crate::text::DisplayName;
    use crate::user::Role;

    const GRACE: Duration = Duration::from_secs(60);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    fn alice() -> User {
        User {
            id: UserId::generate(at(0)),
            account_id: AccountId::generate(at(0)),
            email: EmailAddress::parse("alice@example.com").ok(),
            email_verified_at: None,
            username: None,
            name: DisplayName::parse("Alice").unwrap(),
            locale: None,
            role: Role::Owner,
            password_hash: Some(PasswordHash::from_stored("x".to_owned())),
            upstream: vec![],
            epoch: Epoch::FIRST,
            disabled_at: None,
            deleted_at: None,
            created_at: at(0),
        }
    }

    /// A session of generation 7, last rotated at second 1,000.
    fn session(user: &User) -> Session {
        Session {
            id: SessionId::generate(at(0)),
            holder: Holder::FirstParty,
            user_id: user.id,
            account_id: user.account_id,
            epoch: user.epoch,
            secret_hash: SecretHash::of(&[1; 16]),
            generation: 7,
            attempt: AttemptId::generate(at(0)),
            proven_by: ProvenBy::Secret,
            created_at: at(0),
            rotated_at: at(1_000),
            idle_expires_at: at(5_000),
            absolute_expires_at: Some(at(9_000)),
            revoked_at: None,
            device: Device::default(),
        }
    }

    fn token(session: &Session, generation: u32) -> RefreshToken {
        RefreshToken {
            user_id: session.user_id,
            session_id: session.id,
            kind: TokenKind::FirstParty,
            generation,
            secret: [1; 16],
        }
    }

    #[test]
    fn only_the_current_generation_rotates_and_only_the_last_one_has_grace() {
        let user = alice();
        let session = session(&user);
        for (generation, now, expected) in [
            (7, 1_000, Refresh::Rotate),
            (7, 4_999, Refresh::Rotate),
            (6, 1_000, Refresh::Repeat),
            (6, 1_059, Refresh::Repeat),
            (6, 1_060, Refresh::Theft),
            (5, 1_000, Refresh::Theft),
            (0, 1_000, Refresh::Theft),
            (8, 1_000, Refresh::Refuse),
            (7, 5_000, Refresh::Refuse),
            (5, 5_000, Refresh::Refuse),
        ] {
            assert_eq!(
                session.decide(&token(&session, generation), &user, at(now), GRACE),
                expected,
                "{generation} at {now}"
            );
        }
    }

    #[test]
    fn without_grace_the_previous_token_is_theft_at_once() {
        let user = alice();
        let session = session(&user);
        assert_eq!(session.decide(&token(&session, 6), &user, at(1_000), Duration::ZERO), Refresh::Theft);
    }

    #[test]
    fn a_session_that_ended_refuses_everything() {
        let user = alice();
        let live = session(&user);
        let refused = |session: &Session, user: &User, now| {
            assert_eq!(session.decide(&token(session, 7), user, at(now), GRACE), Refresh::Refuse);
            assert_eq!(session.decide(&token(session, 3), user, at(now), GRACE), Refresh::Refuse);
        };
        refused(&Session { revoked_at: Some(at(1)), ..live.clone() }, &user, 1_000);
        refused(&Session { idle_expires_at: at(20_000), ..live.clone() }, &user, 9_000);
        refused(&live, &User { disabled_at: Some(at(1)), ..user.clone() }, 1_000);
        refused(&live, &User { epoch: user.epoch.next(), ..user.clone() }, 1_000);
        refused(&live, &alice(), 1_000);
    }

    #[test]
    fn a_token_of_another_kind_or_secret_is_refused_and_proves_no_theft() {
        let user = alice();
        let session = session(&user);
        let genuine = token(&session, 3);
        let other_kind = RefreshToken { kind: TokenKind::OauthClient, ..genuine.clone() };
        let other_secret = RefreshToken { secret: [2; 16], ..genuine };
        for forged in [other_kind, other_secret] {
            assert_eq!(session.decide(&forged, &user, at(1_000), GRACE), Refresh::Refuse);
        }
    }
}
