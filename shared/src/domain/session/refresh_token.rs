//! Refresh tokens: opaque to clients, and verifiable without reading a table.
//!
//! `dw_rt_` + base64url(version ‖ kind ‖ MAC key id ‖ user id ‖ session id ‖ generation ‖ secret ‖ HMAC-SHA256 of all before).
//! The MAC rejects malformed tokens and guessed generations without reading the table; the session's secret, whose hash
//! the table stores, makes a leaked MAC key useless alone.

use crate::domain::crypto::base64url;
use crate::domain::crypto::mac_keys::{MacKeyId, MacKeys, Purpose};
use crate::domain::crypto::random;
use crate::domain::crypto::secret::{Secret, SecretHash};
use crate::domain::session::id::SessionId;
use crate::domain::session::kind::TokenKind;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::UserId;
use crate::fault::Fault;

const PREFIX: &str = "dw_rt_";
const VERSION: u8 = 1;
const MESSAGE: usize = 1 + 1 + 4 + 16 + 16 + 4 + 16;
const MAC: usize = 32;

/// One generation of a session's refresh token.
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshToken {
    /// The user, so that one batch reads session and user.
    pub user_id: UserId,
    /// The session.
    pub session_id: SessionId,
    /// The kind of its session.
    pub kind: TokenKind,
    /// How often the session was refreshed before.
    pub generation: u32,
    /// The session's secret, the same in every generation.
    pub secret: [u8; 16],
}

/// The reason why a string is not a refresh token of this server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotOurs {
    /// It was not issued by this server, or was modified.
    Forged,
    /// It names a MAC key that is not in the key ring, or not any longer, or not yet.
    UnknownKey,
}

impl RefreshToken {
    /// The first token of a new session, and the hash of its secret.
    pub fn first(user_id: UserId, session_id: SessionId, kind: TokenKind) -> (Self, SecretHash) {
        let secret = random::bytes();
        (Self { user_id, session_id, kind, generation: 0, secret }, SecretHash::of(&secret))
    }

    /// The token of the next generation.
    pub const fn successor(&self) -> Self {
        Self { generation: self.generation.saturating_add(1), ..*self }
    }

    /// Encodes and signs the token. The same token signed with the same key is the same string.
    ///
    /// # Errors
    ///
    /// [`Fault::Unavailable`] when no MAC key may be used yet.
    pub fn issue(&self, keys: &MacKeys, now: Timestamp) -> Result<Secret, Fault> {
        let (mut bytes, mac) = keys.sign(Purpose::RefreshToken, now, |key_id| self.message(key_id))?;
        bytes.extend_from_slice(mac.as_ref());
        Ok(Secret::new(format!("{PREFIX}{}", base64url::encode(&bytes))))
    }

    /// Parses a token and verifies its MAC.
    ///
    /// # Errors
    ///
    /// [`NotOurs`] only.
    pub fn parse(text: &str, keys: &MacKeys) -> Result<Self, NotOurs> {
        let encoded = text.strip_prefix(PREFIX).filter(|encoded| encoded.len() <= 160).ok_or(NotOurs::Forged)?;
        let bytes = base64url::decode(encoded).filter(|bytes| bytes.len() == MESSAGE + MAC).ok_or(NotOurs::Forged)?;
        let (message, mac) = bytes.split_at_checked(MESSAGE).ok_or(NotOurs::Forged)?;
        let (key_id, token) = Self::from_message(message).ok_or(NotOurs::Forged)?;
        match keys.verify(Purpose::RefreshToken, key_id, message, mac) {
            Some(true) => Ok(token),
            Some(false) => Err(NotOurs::Forged),
            None => Err(NotOurs::UnknownKey),
        }
    }

    fn message(&self, key_id: MacKeyId) -> Vec<u8> {
        let mut message = Vec::with_capacity(MESSAGE + MAC);
        message.extend([VERSION, kind_to_byte(self.kind)]);
        message.extend(key_id);
        message.extend(self.user_id.as_bytes());
        message.extend(self.session_id.as_bytes());
        message.extend(self.generation.to_be_bytes());
        message.extend(self.secret);
        message
    }

    fn from_message(message: &[u8]) -> Option<(MacKeyId, Self)> {
        let (&[version, kind], rest) = message.split_first_chunk::<2>()?;
        let (&key_id, rest) = rest.split_first_chunk::<4>()?;
        let (&user, rest) = rest.split_first_chunk::<16>()?;
        let (&session, rest) = rest.split_first_chunk::<16>()?;
        let (&generation, rest) = rest.split_first_chunk::<4>()?;
        let secret = rest.try_into().ok()?;
        let kind = kind_from_byte(kind).filter(|_| version == VERSION)?;
        let (user_id, session_id) = (UserId::from_bytes(user), SessionId::from_bytes(session));
        Some((key_id, Self { user_id, session_id, kind, generation: u32::from_be_bytes(generation), secret }))
    }
}

impl std::fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RefreshToken")
            .field("session_id", &self.session_id)
            .field("generation", &self.generation)
            .finish_non_exhaustive()
    }
}

const fn kind_to_byte(kind: TokenKind) -> u8 {
    match kind {
        TokenKind::FirstParty => 1,
        TokenKind::OauthClient => 2,
    }
}

const fn kind_from_byte(byte: u8) -> Option<TokenKind> {
    match byte {
        1 => Some(TokenKind::FirstParty),
        2 => Some(TokenKind::OauthClient),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::crypto::mac_keys::{MacKeyEntry, MacKeysDocument};
    use proptest::prelude::*;

    fn keys(entries: &[(&str, i64)]) -> MacKeys {
        let entry = |(kid, signs_from): &(&str, i64)| MacKeyEntry {
            kid: base64url::encode(kid.as_bytes()),
            master: base64url::encode(&[kid.as_bytes()[0]; 32]),
            signs_from: Timestamp::from_seconds(*signs_from),
            retires_at: None,
        };
        let document = MacKeysDocument { keys: entries.iter().map(entry).collect() };
        MacKeys::read(&Secret::new(serde_json::to_string(&document).unwrap())).unwrap()
    }

    fn any_token() -> impl Strategy<Value = RefreshToken> {
        let kind = prop_oneof![Just(TokenKind::FirstParty), Just(TokenKind::OauthClient)];
        (any::<[u8; 16]>(), any::<[u8; 16]>(), kind, any::<u32>(), any::<[u8; 16]>()).prop_map(
            |(user, id, kind, generation, secret)| RefreshToken {
                user_id: UserId::from_bytes(user),
                session_id: SessionId::from_bytes(id),
                kind,
                generation,
                secret,
            },
        )
    }

    proptest! {
        #[test]
        fn a_token_reads_back_as_itself(token in any_token()) {
            let keys = keys(&[("key1", 0)]);
            let text = token.issue(&keys, Timestamp::from_seconds(1)).unwrap();
            prop_assert_eq!(RefreshToken::parse(text.expose(), &keys).unwrap(), token.clone());
            let again = token.issue(&keys, Timestamp::from_seconds(2)).unwrap();
            prop_assert_eq!(again.expose(), text.expose(), "a repeated response is the same");
        }

        #[test]
        fn a_token_with_any_letter_changed_is_refused(token in any_token(), position in 0usize..126, letter in "[A-Za-z0-9_-]") {
            let keys = keys(&[("key1", 0)]);
            let text = token.issue(&keys, Timestamp::from_seconds(1)).unwrap();
            let mut changed = text.expose().to_owned();
            changed.replace_range(position..=position, &letter);
            prop_assume!(changed != text.expose());
            prop_assert!(RefreshToken::parse(&changed, &keys).is_err());
        }

        #[test]
        fn no_text_breaks_the_parser(text in "(dw_rt_)?\\PC{0,140}") {
            prop_assert!(RefreshToken::parse(&text, &keys(&[("key1", 0)])).is_err());
        }
    }

    #[test]
    fn a_new_key_signs_only_from_its_start_on_and_old_tokens_stay_valid() {
        let (token, _) =
            RefreshToken::first(UserId::from_bytes([8; 16]), SessionId::from_bytes([9; 16]), TokenKind::FirstParty);
        let (old, both) = (keys(&[("key1", 0)]), keys(&[("key1", 0), ("next", 100)]));
        let before = token.issue(&both, Timestamp::from_seconds(99)).unwrap();
        let after = token.issue(&both, Timestamp::from_seconds(100)).unwrap();
        assert_eq!(RefreshToken::parse(before.expose(), &old).unwrap(), token);
        assert_eq!(RefreshToken::parse(after.expose(), &old), Err(NotOurs::UnknownKey));
        assert_eq!(RefreshToken::parse(after.expose(), &both).unwrap(), token);
    }

    #[test]
    fn a_token_signed_with_another_key_is_refused() {
        let (token, _) =
            RefreshToken::first(UserId::from_bytes([8; 16]), SessionId::from_bytes([9; 16]), TokenKind::FirstParty);
        let theirs = MacKeysDocument {
            keys: vec![MacKeyEntry {
                kid: base64url::encode(b"key1"),
                master: base64url::encode(&[0; 32]),
                signs_from: Timestamp::from_seconds(0),
                retires_at: None,
            }],
        };
        let theirs = MacKeys::read(&Secret::new(serde_json::to_string(&theirs).unwrap())).unwrap();
        let forged = token.issue(&theirs, Timestamp::from_seconds(1)).unwrap();
        assert_eq!(RefreshToken::parse(forged.expose(), &keys(&[("key1", 0)])), Err(NotOurs::Forged));
    }
}
