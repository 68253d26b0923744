//! Refresh tokens of scripts: issued once, valid as long as they are used, and never rotated.
//!
//! `dw_rt_` + base64url(version ‖ user id ‖ key id ‖ session id ‖ 256 random bits). The ids are the keys of the items, so
//! that one batch reads everything that the token depends on; the random bits prove it, and the table stores their hash.
//! Other refresh tokens contain a MAC as well. This one outlives every MAC key, so it must not depend on one.

use crate::domain::crypto::base64url;
use crate::domain::crypto::random;
use crate::domain::crypto::secret::{Secret, SecretHash};
use crate::domain::session::Session;
use crate::domain::session::id::SessionId;
use crate::domain::user::UserId;
use crate::domain::user_key::KeyId;

const PREFIX: &str = "dw_rt_";
/// Other refresh tokens have version 1, and another length.
const VERSION: u8 = 2;

/// The refresh token of a script's session.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyRefreshToken {
    /// The user that the key belongs to.
    pub user_id: UserId,
    /// The key with which the session was started.
    pub key_id: KeyId,
    /// The session.
    pub session_id: SessionId,
    secret: [u8; 32],
}

impl KeyRefreshToken {
    /// The token of a new session, and the hash of its secret.
    pub fn generate(user_id: UserId, key_id: KeyId, session_id: SessionId) -> (Self, SecretHash) {
        let secret = random::bytes();
        (Self { user_id, key_id, session_id, secret }, SecretHash::of(&secret))
    }

    /// Parses a token; returns `None` for a string of any other form.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.strip_prefix(PREFIX).filter(|_| text.len() <= 160).and_then(base64url::decode)?;
        let (&[version], rest) = bytes.split_first_chunk::<1>()?;
        let (&user, rest) = rest.split_first_chunk::<16>()?;
        let (&key, rest) = rest.split_first_chunk::<16>()?;
        let (&session, rest) = rest.split_first_chunk::<16>()?;
        let secret = rest.try_into().ok().filter(|_| version == VERSION)?;
        let (user_id, key_id) = (UserId::from_bytes(user), KeyId::from_bytes(key));
        Some(Self { user_id, key_id, session_id: SessionId::from_bytes(session), secret })
    }

    /// Encodes the token.
    pub fn issue(&self) -> Secret {
        let ids = [self.user_id.as_bytes().as_slice(), self.key_id.as_bytes(), self.session_id.as_bytes()].concat();
        let bytes = [&[VERSION], ids.as_slice(), &self.secret].concat();
        Secret::new(format!("{PREFIX}{}", base64url::encode(&bytes)))
    }

    /// Returns whether this is the token of that session, whether or not the session has ended.
    pub fn opens(&self, session: &Session) -> bool {
        session.id == self.session_id
            && session.user_id == self.user_id
            && session.kind.key() == Some(self.key_id)
            && session.secret_hash.matches(&self.secret)
    }
}

impl std::fmt::Debug for KeyRefreshToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyRefreshToken").field("session_id", &self.session_id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_token_reads_back_as_itself(user: [u8; 16], key: [u8; 16], session: [u8; 16]) {
            let (user, key, session) = (UserId::from_bytes(user), KeyId::from_bytes(key), SessionId::from_bytes(session));
            let (token, hash) = KeyRefreshToken::generate(user, key, session);
            let back = KeyRefreshToken::parse(token.issue().expose()).unwrap();
            prop_assert_eq!(&back, &token);
            prop_assert!(hash.matches(&back.secret));
        }

        #[test]
        fn no_other_string_is_a_token(text in "(dw_rt_)?\\PC{0,160}") {
            if let Some(token) = KeyRefreshToken::parse(&text) {
                let issued = token.issue();
                prop_assert_eq!(issued.expose(), text);
            }
        }
    }

    #[test]
    fn another_version_or_length_is_not_a_token() {
        let ids = (UserId::from_bytes([1; 16]), KeyId::from_bytes([2; 16]), SessionId::from_bytes([3; 16]));
        let (token, _) = KeyRefreshToken::generate(ids.0, ids.1, ids.2);
        let text = token.issue().expose().to_owned();
        let mut bytes = base64url::decode(&text["dw_rt_".len()..]).unwrap();
        let encoded = |bytes: &[u8]| format!("dw_rt_{}", base64url::encode(bytes));
        assert!(KeyRefreshToken::parse(&encoded(&bytes)).is_some());
        assert!(KeyRefreshToken::parse(&encoded(&bytes[..80])).is_none());
        assert!(KeyRefreshToken::parse(&encoded(&[bytes.as_slice(), &[0]].concat())).is_none());
        bytes[0] = 1;
        assert!(KeyRefreshToken::parse(&encoded(&bytes)).is_none());
    }
}
