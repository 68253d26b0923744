//! Browser sessions: the value of the session cookie.

use crate::domain::crypto::base64url;
use crate::domain::crypto::random;
use crate::domain::crypto::secret::SecretHash;
use crate::domain::session::Session;
use crate::domain::session::id::SessionId;
use crate::domain::session::kind::SessionKind;
use crate::domain::user::UserId;

/// The value of the session cookie: base64url(user id ‖ session id ‖ 128 random bits).
///
/// The ids are the keys of the items, and the random bits cannot be guessed; the table stores their hash.
#[derive(Clone)]
pub struct BrowserToken {
    /// The user.
    pub user_id: UserId,
    /// Their session.
    pub session_id: SessionId,
    secret: [u8; 16],
}

impl BrowserToken {
    /// The token of a new session, and the hash of its secret.
    pub fn generate(user_id: UserId, session_id: SessionId) -> (Self, SecretHash) {
        let secret = random::bytes();
        (Self { user_id, session_id, secret }, SecretHash::of(&secret))
    }

    /// Parses a cookie's value; returns `None` for a string of any other form.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = base64url::decode(text).filter(|_| text.len() == 64)?;
        let (&user, rest) = bytes.split_first_chunk::<16>()?;
        let (&session, rest) = rest.split_first_chunk::<16>()?;
        let (user_id, session_id) = (UserId::from_bytes(user), SessionId::from_bytes(session));
        Some(Self { user_id, session_id, secret: rest.try_into().ok()? })
    }

    /// The cookie's value.
    pub fn cookie_value(&self) -> String {
        base64url::encode(&[self.user_id.as_bytes().as_slice(), self.session_id.as_bytes(), &self.secret].concat())
    }

    /// Returns whether this is the token of that session, whether or not the session has ended.
    pub fn opens(&self, session: &Session) -> bool {
        session.id == self.session_id
            && session.user_id == self.user_id
            && matches!(session.kind, SessionKind::Browser)
            && session.secret_hash.matches(&self.secret)
    }
}

impl std::fmt::Debug for BrowserToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BrowserToken").field("session_id", &self.session_id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_cookie_reads_back_as_itself(user: [u8; 16], session: [u8; 16]) {
            let (token, hash) = BrowserToken::generate(UserId::from_bytes(user), SessionId::from_bytes(session));
            let back = BrowserToken::parse(&token.cookie_value()).unwrap();
            prop_assert_eq!((back.user_id, back.session_id), (token.user_id, token.session_id));
            prop_assert!(hash.matches(&back.secret));
        }

        #[test]
        fn no_other_string_is_a_session_cookie(text in "\\PC{0,90}") {
            if let Some(token) = BrowserToken::parse(&text) {
                prop_assert_eq!(token.cookie_value(), text);
            }
        }
    }
}
