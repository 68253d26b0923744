//! Idempotency keys: a request that is sent again has no second effect.

use crate::domain::crypto::base64url;
use std::time::Duration;

use aws_lc_rs::digest;
use serde::{Deserialize, Serialize};

/// The SHA-256 of a key or of a request's contents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(String);

impl Fingerprint {
    fn of(parts: &[&str]) -> Self {
        let mut hash = digest::Context::new(&digest::SHA256);
        for part in parts {
            // The length keeps ("ab", "c") apart from ("a", "bc").
            hash.update(&(part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        Self(base64url::encode(hash.finish().as_ref()))
    }

    /// The hash in base64url.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An idempotency key and the request that was sent with it. Only the key's hash is stored: callers use order numbers
/// as keys.
#[derive(Clone, Debug)]
pub struct Idempotency {
    /// The fingerprint of the key.
    pub key: Fingerprint,
    /// The fingerprint of the request's contents.
    pub request: Fingerprint,
}

impl Idempotency {
    /// How long a key is stored.
    pub const REMEMBERED: Duration = Duration::from_secs(86_400);

    /// A key, and the parts of the request that is sent with it.
    pub fn new(key: &IdempotencyKey, request: &[&str]) -> Self {
        Self { key: Fingerprint::of(&[&key.0]), request: Fingerprint::of(request) }
    }

    /// The key of an event that this server records itself, of what a record of a table tells. No caller's key is the same:
    /// those are hashed as one part.
    pub fn of_record(record: &str) -> Self {
        Self { key: Fingerprint::of(&["record", record]), request: Fingerprint::of(&[record]) }
    }
}

/// The value of a header `Idempotency-Key`: 1 to 255 characters of printable ASCII.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// The header's name.
    pub const HEADER: &str = "Idempotency-Key";
    const LONGEST: usize = 255;

    /// Parses a key.
    ///
    /// # Errors
    ///
    /// The sentence to show when it is invalid.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let text = str::from_utf8(bytes).ok().filter(|text| text.bytes().all(|b| matches!(b, b' '..=b'~')));
        let key = text.filter(|text| !text.is_empty() && text.len() <= Self::LONGEST);
        let key = key.ok_or_else(|| format!("must be 1 to {} characters of printable ASCII", Self::LONGEST))?;
        Ok(Self(key.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_printable_ascii() {
        for good in ["1", "order 17", "\"8e03978e-40d5-43dd-bc93-6894a57f9324\"", &"~".repeat(255)] {
            assert!(IdempotencyKey::parse(good.as_bytes()).is_ok(), "{good}");
        }
        for bad in [&b""[..], b"a\tb", b"\x7f", "ä".as_bytes(), b"\xff", &[b'x'; 256]] {
            assert!(IdempotencyKey::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn neither_the_key_nor_the_request_is_stored() {
        let key = IdempotencyKey::parse(b"order 17").unwrap();
        let shown = format!("{:?}", Idempotency::new(&key, &["contents"]));
        assert!(!shown.contains("order 17") && !shown.contains("contents"), "{shown}");
        assert_ne!(Fingerprint::of(&["ab", "c"]), Fingerprint::of(&["a", "bc"]));
    }
}
