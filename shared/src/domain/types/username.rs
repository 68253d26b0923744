//! Names that users sign in with where they have no e-mail address, in the one form in which they are compared and stored.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::types::invisible::{self, is_invisible};

/// A unique username: 1 to 64 letters, digits, dots, hyphens or underscores of ASCII, in lower case.
///
/// It never has an `@`, so it cannot be confused with an e-mail address.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Username(String);

impl Username {
    const LONGEST: usize = 64;

    /// Accepts a username as it was entered, without the spaces around it, and returns its comparable form.
    ///
    /// # Errors
    ///
    /// The sentence to show when it is empty, too long or has other characters.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.chars().any(is_invisible) {
            return Err(invisible::MISTAKE.to_owned());
        }
        let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        if text.is_empty() || text.len() > Self::LONGEST || !text.chars().all(is_allowed) {
            return Err(format!("must have 1 to {} letters, digits, dots, hyphens or underscores", Self::LONGEST));
        }
        Ok(Self(text.to_ascii_lowercase()))
    }

    /// The username in its comparable form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[username]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usernames_ignore_case() {
        assert_eq!(Username::parse("Ada.Lovelace-1_x").unwrap(), Username::parse("ada.lovelace-1_X").unwrap());
    }

    #[test]
    fn what_could_be_an_address_or_looks_like_another_name_is_refused() {
        for bad in ["", " ", "ada lovelace", "ada@example.com", "аda", "a\u{0}", "a#b", "a/b", &"x".repeat(65)] {
            assert!(Username::parse(bad).is_err(), "{bad:?}");
        }
        assert!(Username::parse(&"x".repeat(64)).is_ok());
    }

    #[test]
    fn spaces_around_a_username_are_no_part_of_it_and_invisible_characters_are_named() {
        assert_eq!(Username::parse(" ada "), Username::parse("ada"));
        assert_eq!(Username::parse("a\u{200d}da"), Err(invisible::MISTAKE.to_owned()));
    }

    #[test]
    fn a_name_is_not_printed_by_accident() {
        assert_eq!(format!("{:?}", Username::parse("ada").unwrap()), "[username]");
    }
}
