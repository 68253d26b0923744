//! The decision about a presented refresh token.

use std::time::Duration;

use crate::domain::session::Session;
use crate::domain::session::refresh_token::RefreshToken;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::User;

/// The decision about a presented refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refresh {
    /// It is the current one: exchange it.
    Rotate,
    /// It was exchanged a moment ago, and the response may be lost: return the same successor again.
    Repeat,
    /// It was exchanged long ago or is older than the previous one, so another party may have it: revoke the session.
    Theft,
    /// It is invalid, and nothing changes.
    Refuse,
}

impl Session {
    /// Decides about a refresh token whose MAC was verified.
    pub fn decide(&self, token: &RefreshToken, user: &User, now: Timestamp, grace: Duration) -> Refresh {
        let is_ours = token.session_id == self.id
            && self.kind.refresh_token_kind() == Some(token.kind)
            && self.secret_hash.matches(&token.secret);
        if !is_ours || !self.is_live(user, now) {
            return Refresh::Refuse;
        }
        match self.generation.checked_sub(token.generation) {
            Some(0) => Refresh::Rotate,
            // The grace period starts at the rotation and is never extended, and only the previous generation has one.
            Some(1) if now < self.rotated_at.after(grace) => Refresh::Repeat,
            Some(_) => Refresh::Theft,
            None => Refresh::Refuse,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::crypto::secret::SecretHash;
    use crate::domain::password::PasswordHash;
    use crate::domain::session::device::Device;
    use crate::domain::session::id::SessionId;
    use crate::domain::session::kind::SessionKind;
    use crate::domain::session::kind::TokenKind;
    use crate::domain::session::proof::AuthenticationMethod;
    use crate::domain::types::display_name::DisplayName;
    use crate::domain::types::email::EmailAddress;
    use crate::domain::types::id::WriteId;
    use crate::domain::user::Epoch;
    use crate::domain::user::Role;
    use crate::domain::user::UserId;
    use crate::domain::user::account::AccountId;
    use crate::domain::user::generation::AuthenticatorGeneration;

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
            authenticators: AuthenticatorGeneration::default(),
            apps_from: AuthenticatorGeneration::default(),
            disabled_at: None,
            deleted_at: None,
            restorable_until: None,
            created_at: at(0),
            former_email: None,
            registered_from: None,
            import_id: None,
        }
    }

    /// A session of generation 7, last rotated at second 1,000.
    fn session(user: &User) -> Session {
        Session {
            id: SessionId::generate(at(0)),
            kind: SessionKind::FirstParty,
            user_id: user.id,
            account_id: user.account_id,
            epoch: user.epoch,
            secret_hash: SecretHash::of(&[1; 16]),
            generation: 7,
            attempt: WriteId::generate(at(0)),
            authenticated_by: AuthenticationMethod::Secret,
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
