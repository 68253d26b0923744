//! The link by which a user undoes the deletion of their account.

use serde::{Deserialize, Serialize};

use crate::domain::crypto::mac_keys::{MacKeys, Purpose};
use crate::domain::crypto::secret::Secret;
use crate::domain::crypto::signed_token;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::{User, UserId};
use crate::fault::Fault;

/// A deletion that its user can undo.
///
/// The token of its link is signed, and nothing is stored for it: user id ‖ time of the deletion. It works once, because a
/// user who is restored is not deleted any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restoration {
    /// The user.
    pub user_id: UserId,
    /// When their account was deleted.
    pub deleted_at: Timestamp,
}

impl Restoration {
    const TOKEN: (&str, Purpose) = ("dw_rs_", Purpose::Restore);

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
        let content = [self.user_id.as_bytes().as_slice(), &self.deleted_at.as_seconds().to_be_bytes()].concat();
        signed_token::issue(Self::TOKEN, &content, keys, now)
    }

    /// Reads a token; `None` for a string that is not ours.
    pub fn parse(text: &str, keys: &MacKeys) -> Option<Self> {
        let content: [u8; 24] = signed_token::open(Self::TOKEN, text, keys)?;
        let (&user, at) = content.split_first_chunk::<16>()?;
        let deleted_at = Timestamp::from_seconds(i64::from_be_bytes(at.try_into().ok()?));
        Some(Self { user_id: UserId::from_bytes(user), deleted_at })
    }

    /// Returns whether this user can still undo this deletion.
    pub fn is_open(&self, user: &User, now: Timestamp) -> bool {
        Self::of(user) == Some(*self) && user.is_restorable(now)
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
            prop_assert_eq!(Restoration::parse(&text, &MacKeys::fixed()), None);
        }
    }
}
