//! The link by which a user undoes the deletion of their account.

use serde::{Deserialize, Serialize};

use crate::domain::crypto::base64url;
use crate::domain::crypto::mac_keys::{MacKeyId, MacKeys, Purpose};
use crate::domain::crypto::secret::Secret;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::{User, UserId};
use crate::fault::Fault;

/// A deletion that its user can undo.
///
/// Its link is made when it is sent, and nothing is stored for it: `dw_rs_` + base64url(MAC key id ‖ user id ‖ time of the
/// deletion ‖ HMAC-SHA256 of all before). It works once, because a user who is restored is not deleted any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restoration {
    /// The user.
    pub user_id: UserId,
    /// When their account was deleted.
    pub deleted_at: Timestamp,
}

impl Restoration {
    const PREFIX: &str = "dw_rs_";
    const MESSAGE: usize = 4 + 16 + 8;

    /// The deletion of this user, if they are deleted.
    pub fn of(user: &User) -> Option<Self> {
        user.deleted_at.map(|deleted_at| Self { user_id: user.id, deleted_at })
    }

    /// Makes the token of the link.
    ///
    /// # Errors
    ///
    /// [`Fault::Unavailable`] when no MAC key may be used yet.
    pub fn token(&self, keys: &MacKeys, now: Timestamp) -> Result<Secret, Fault> {
        let (mut bytes, mac) = keys.sign(Purpose::Restore, now, |key_id| self.message(key_id))?;
        bytes.extend_from_slice(mac.as_ref());
        Ok(Secret::new(format!("{}{}", Self::PREFIX, base64url::encode(&bytes))))
    }

    /// Parses a token and verifies its MAC; `None` for a string that is not ours.
    pub fn parse(text: &str, keys: &MacKeys) -> Option<Self> {
        let bytes = text.strip_prefix(Self::PREFIX).filter(|_| text.len() <= 120).and_then(base64url::decode)?;
        let (message, mac) = bytes.split_at_checked(Self::MESSAGE)?;
        let (&key_id, rest) = message.split_first_chunk::<4>()?;
        let (&user, deleted_at) = rest.split_first_chunk::<16>()?;
        let deleted_at = i64::from_be_bytes(deleted_at.try_into().ok()?);
        keys.verify(Purpose::Restore, key_id, message, mac).filter(|is_ours| *is_ours)?;
        Some(Self { user_id: UserId::from_bytes(user), deleted_at: Timestamp::from_seconds(deleted_at) })
    }

    /// Returns whether this user can still undo this deletion.
    pub fn is_open(&self, user: &User, now: Timestamp) -> bool {
        Self::of(user) == Some(*self) && user.restorable_until(now).is_some()
    }

    fn message(&self, key_id: MacKeyId) -> Vec<u8> {
        [key_id.as_slice(), self.user_id.as_bytes(), &self.deleted_at.as_seconds().to_be_bytes()].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_token_names_its_deletion_and_one_with_another_character_none(user: [u8; 16], at: u32, position: usize) {
            let deleted_at = Timestamp::from_seconds(i64::from(at));
            let restoration = Restoration { user_id: UserId::from_bytes(user), deleted_at };
            let token = restoration.token(&MacKeys::fixed(), deleted_at).unwrap();
            prop_assert_eq!(Restoration::parse(token.expose(), &MacKeys::fixed()), Some(restoration));
            let mut other: Vec<char> = token.expose().chars().collect();
            let position = position % other.len();
            other[position] = if other[position] == 'A' { 'B' } else { 'A' };
            let other: String = other.into_iter().collect();
            prop_assert_eq!(Restoration::parse(&other, &MacKeys::fixed()), None);
        }

        #[test]
        fn no_text_breaks_the_parser(text in "(dw_rs_)?\\PC{0,130}") {
            let _ = Restoration::parse(&text, &MacKeys::fixed());
        }
    }
}
