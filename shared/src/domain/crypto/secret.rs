//! Secrets as types: they cannot be printed, and only their hash can be stored.

use std::fmt;

use aws_lc_rs::{constant_time, digest};
use serde::{Deserialize, Serialize};

/// A string that must never appear in a log, a page or a table.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret string.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself, for the one place that must send or hash it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// The SHA-256 of a random secret, which a table stores instead of the secret.
///
/// A plain hash is enough because the secrets have at least 128 random bits (OWASP ASVS 6.5.2);
/// secrets that users choose are hashed by [`crate::domain::password`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretHash(#[serde(with = "serde_bytes")] Vec<u8>);

impl SecretHash {
    /// Hashes a secret's bytes.
    pub fn of(secret: &[u8]) -> Self {
        Self(digest::digest(&digest::SHA256, secret).as_ref().to_vec())
    }

    /// Returns whether `secret` has this hash, in constant time.
    pub fn matches(&self, secret: &[u8]) -> bool {
        constant_time::verify_slices_are_equal(&self.0, &Self::of(secret).0).is_ok()
    }

    /// The 32 bytes of the hash.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hash]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_never_printed() {
        let secret = Secret::new("dw_cs_hunter2");
        assert_eq!(format!("{secret:?}"), "[redacted]");
        assert_eq!(format!("{:?}", SecretHash::of(b"hunter2")), "[hash]");
    }

    #[test]
    fn a_hash_matches_only_its_own_secret() {
        let hash = SecretHash::of(b"right");
        assert!(hash.matches(b"right"));
        assert!(!hash.matches(b"wrong"));
    }
}
