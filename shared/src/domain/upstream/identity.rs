//! A user's identity at the upstream provider, and its link to the user here.

use aws_lc_rs::digest;
use serde::{Deserialize, Serialize};

use crate::domain::crypto::base64url;
use crate::domain::types::timestamp::Timestamp;

/// An identity at the provider: issuer and subject, which together are unique (OpenID Connect Core §5.7).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct UpstreamIdentity {
    /// The provider's issuer.
    pub issuer: String,
    /// Its `sub`.
    pub subject: String,
}

impl UpstreamIdentity {
    /// The longest `sub`, in bytes (OpenID Connect Core §2).
    const LONGEST: usize = 255;

    /// Accepts a `sub` of this issuer.
    ///
    /// # Errors
    ///
    /// The sentence to log when it is not a valid `sub`.
    pub fn new(issuer: &str, subject: &str) -> Result<Self, &'static str> {
        if subject.is_empty() || subject.len() > Self::LONGEST || subject.chars().any(char::is_control) {
            return Err("the sub does not have 1 to 255 printable characters");
        }
        Ok(Self { issuer: issuer.to_owned(), subject: subject.to_owned() })
    }

    /// Its key in the table: a hash, because both parts may be long.
    pub fn key(&self) -> String {
        let mut hash = digest::Context::new(&digest::SHA256);
        for part in [&self.issuer, &self.subject] {
            // The length keeps ("ab", "c") apart from ("a", "bc").
            hash.update(&(part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        base64url::encode(hash.finish().as_ref())
    }
}

/// A user's linked identity at the provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpstreamLink {
    /// The identity.
    #[serde(flatten)]
    pub identity: UpstreamIdentity,
    /// When it was linked.
    pub linked_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_issuer_and_subject_together() {
        let key = |issuer, subject| UpstreamIdentity::new(issuer, subject).unwrap().key();
        assert_eq!(key("https://a.example", "1"), key("https://a.example", "1"));
        assert_ne!(key("https://a.example", "1"), key("https://b.example", "1"));
        assert_ne!(key("https://a.example", "1"), key("https://a.example", "2"));
        assert_ne!(key("https://a.example", "11"), key("https://a.example1", "1"));
        for bad in ["", "a\nb", &"x".repeat(256)] {
            assert!(UpstreamIdentity::new("https://a.example", bad).is_err(), "{bad:?}");
        }
    }
}
