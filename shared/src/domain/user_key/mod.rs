//! User keys: with one, and its secret, a script signs in as a user.

pub mod refresh_token;

use std::fmt;

use crate::domain::crypto::base64url;
use crate::domain::password::PasswordHash;
use crate::domain::session::proof::AuthenticationMethod;
use crate::domain::types::display_name::DisplayName;
use crate::domain::types::id::uuid_id;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::account::AccountId;
use crate::domain::user::generation::AuthenticatorGeneration;
use crate::domain::user::{User, UserId};

uuid_id! {
    /// Identifies a key among those of its user.
    KeyId
}

const PREFIX: &str = "dw_uk_";

/// The name of a user key: `dw_uk_` + base64url(user id ‖ key id).
///
/// It identifies the key and proves nothing; the secret does. It may therefore be shown on pages and in exports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserKeyName {
    /// The user that the key belongs to.
    pub user_id: UserId,
    /// The key's id.
    pub key_id: KeyId,
}

impl UserKeyName {
    /// Parses a key's name.
    ///
    /// # Errors
    ///
    /// The sentence to show when it is invalid.
    pub fn parse(text: &str) -> Result<Self, String> {
        let ids = text.strip_prefix(PREFIX).and_then(base64url::decode).and_then(|bytes| {
            let (&user, key) = bytes.split_first_chunk::<16>()?;
            Some(Self { user_id: UserId::from_bytes(user), key_id: KeyId::from_bytes(key.try_into().ok()?) })
        });
        ids.ok_or_else(|| format!("must be a user key, which begins with {PREFIX}"))
    }
}

impl fmt::Display for UserKeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids = [self.user_id.as_bytes().as_slice(), self.key_id.as_bytes()].concat();
        write!(f, "{PREFIX}{}", base64url::encode(&ids))
    }
}

/// A user key; a revoked key is deleted.
#[derive(Clone, Debug)]
pub struct UserKey {
    /// The key's id.
    pub id: KeyId,
    /// The user that it belongs to.
    pub user_id: UserId,
    /// The account that its user belongs to.
    pub account_id: AccountId,
    /// Its display name.
    pub name: DisplayName,
    /// The hash of its own secret. A key without one is used with the user's current password.
    pub secret_hash: Option<PasswordHash>,
    /// The generation of the user's authenticators in which it was created.
    pub authenticators: AuthenticatorGeneration,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last used, if ever: refreshes are recorded at most once a day.
    pub last_used_at: Option<Timestamp>,
    /// The network address from which it was last used.
    pub last_used_from: Option<String>,
}

impl UserKey {
    /// A new key of this user; it is not stored yet.
    pub fn new(user: &User, name: Option<DisplayName>, secret_hash: Option<PasswordHash>, now: Timestamp) -> Self {
        Self {
            id: KeyId::generate(now),
            user_id: user.id,
            account_id: user.account_id,
            name: name.unwrap_or_else(DisplayName::unnamed_key),
            secret_hash,
            authenticators: user.authenticators,
            created_at: now,
            last_used_at: None,
            last_used_from: None,
        }
    }

    /// The key's name, as it is shown.
    pub const fn shown(&self) -> UserKeyName {
        UserKeyName { user_id: self.user_id, key_id: self.id }
    }

    /// Returns whether the key works: it was created in the current generation of the user's authenticators.
    pub fn is_valid_for(&self, user: &User) -> bool {
        self.user_id == user.id && self.authenticators == user.authenticators
    }

    /// The hash that a presented secret must match, the key's own or that of the user's password; none for a key that
    /// no longer works.
    pub fn expected<'k>(&'k self, user: &'k User) -> Option<&'k PasswordHash> {
        self.secret_hash.as_ref().or(user.password_hash.as_ref()).filter(|_| self.is_valid_for(user))
    }

    /// How a script authenticates with the key: by its own secret, or by the user's password.
    pub const fn method(&self) -> AuthenticationMethod {
        if self.secret_hash.is_some() { AuthenticationMethod::UserKey } else { AuthenticationMethod::Secret }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_key_reads_back_as_itself(user: [u8; 16], key: [u8; 16]) {
            let name = UserKeyName { user_id: UserId::from_bytes(user), key_id: KeyId::from_bytes(key) };
            let text = name.to_string();
            prop_assert!(text.len() == 49 && text.starts_with("dw_uk_"));
            prop_assert_eq!(UserKeyName::parse(&text), Ok(name));
        }

        #[test]
        fn no_other_string_is_a_key(text in "(dw_uk_)?\\PC{0,60}") {
            if let Ok(name) = UserKeyName::parse(&text) {
                prop_assert_eq!(name.to_string(), text);
            }
        }
    }

    #[test]
    fn a_string_of_another_length_or_kind_is_not_a_key() {
        let name = UserKeyName { user_id: UserId::from_bytes([1; 16]), key_id: KeyId::from_bytes([2; 16]) }.to_string();
        let ids = name.trim_start_matches("dw_uk_");
        for bad in [ids, &format!("dw_ci_{ids}"), &name[..48], &format!("{name}A"), &format!("{name}="), "dw_uk_", ""] {
            assert!(UserKeyName::parse(bad).is_err(), "{bad}");
        }
    }
}
