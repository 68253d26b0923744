//! The id that a user had in the system from which they were imported.

use std::fmt;

use aws_lc_rs::digest;
use serde::{Deserialize, Serialize};

use crate::domain::crypto::base64url;

/// A user's id in another system: it says whether they were imported before.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ImportId(String);

impl ImportId {
    /// The longest id, in bytes.
    const LONGEST: usize = 255;

    /// Accepts an id.
    ///
    /// # Errors
    ///
    /// The sentence to show when it is empty, too long or not printable.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() || text.len() > Self::LONGEST || text.chars().any(char::is_control) {
            return Err(format!("must have 1 to {} bytes, and no control characters", Self::LONGEST));
        }
        Ok(Self(text.to_owned()))
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its key in the table: a hash, because it may be long.
    pub fn key(&self) -> String {
        base64url::encode(digest::digest(&digest::SHA256, self.0.as_bytes()).as_ref())
    }
}

impl fmt::Debug for ImportId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[import id]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_of_another_system_is_compared_as_it_is() {
        let id = |text| ImportId::parse(text).unwrap();
        assert_eq!(id("auth0|5dea").as_str(), "auth0|5dea");
        assert_ne!(id("A").key(), id("a").key());
        assert_eq!(format!("{:?}", id("a")), "[import id]");
        for bad in ["", "a\n", &"x".repeat(256)] {
            assert!(ImportId::parse(bad).is_err(), "{bad:?}");
        }
    }
}
