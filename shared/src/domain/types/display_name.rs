//! Names that users enter and others read: one line, nothing invisible, bounded.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::types::invisible;

/// The name of a user, an app or a contact: 1 to 100 characters on one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DisplayName(String);

impl DisplayName {
    /// The most characters.
    pub const LONGEST: usize = 100;

    /// Accepts a name as it was entered, without the spaces around it.
    ///
    /// # Errors
    ///
    /// The sentence to show when it is empty, longer than 100 characters or has invisible characters.
    pub fn parse(text: &str) -> Result<Self, String> {
        let name = text.trim();
        if name.is_empty() {
            return Err("must not be empty".to_owned());
        }
        if name.chars().count() > Self::LONGEST {
            return Err(format!("must have at most {} characters", Self::LONGEST));
        }
        if invisible::is_hidden_in(name) {
            return Err(invisible::MISTAKE.to_owned());
        }
        Ok(Self(name.to_owned()))
    }

    /// The name of a client that was registered without one.
    pub fn unnamed_client() -> Self {
        Self("An app without a name".to_owned())
    }

    /// The name of a user for whom no name is known.
    pub fn unnamed_user() -> Self {
        Self("Unnamed".to_owned())
    }

    /// The name of a user key that was created without one.
    pub fn unnamed_key() -> Self {
        Self("User key".to_owned())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DisplayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_trimmed_and_otherwise_unchanged() {
        assert_eq!(DisplayName::parse("  Zoë 🦫 O'Neil ").unwrap().as_str(), "Zoë 🦫 O'Neil");
    }

    #[test]
    fn a_name_is_one_bounded_visible_line() {
        for bad in
            ["", "   ", "a\u{0}b", "two\nlines", "evil\u{202e}gpj.exe", "Ada\u{200b}", "\u{2800}", &"x".repeat(101)]
        {
            assert!(DisplayName::parse(bad).is_err(), "{bad:?}");
        }
        assert!(DisplayName::parse(&"x".repeat(100)).is_ok());
    }
}
