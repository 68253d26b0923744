//! Which events an app wants to hear of. They are kept and shown; nothing delivers them yet.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The name of an event: one of ours, or one that an integration made up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventName(String);

impl EventName {
    /// How many an app may subscribe to.
    pub const MOST: usize = 50;
    /// The longest, in bytes.
    const LONGEST: usize = 64;

    /// Accepts words of `a-z`, `0-9` and `_`, at least two, with dots between them: `contact.created`.
    ///
    /// # Errors
    ///
    /// The sentence to show.
    pub fn parse(text: &str) -> Result<Self, String> {
        let is_word = |word: &str| {
            !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        };
        let is_name = text.len() <= Self::LONGEST && text.contains('.') && text.split('.').all(is_word);
        is_name.then(|| Self(text.to_owned())).ok_or_else(|| {
            format!("must be names such as contact.created: a-z, 0-9, _ and dots, at most {} bytes", Self::LONGEST)
        })
    }
}

impl fmt::Display for EventName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_words_with_dots_between_them() {
        let longest = format!("a.{}", "b".repeat(62));
        for good in ["contact.created", "user.created", "app.installed", "app.uninstalled", "a.b.c_1", "0.1", &longest]
        {
            assert_eq!(EventName::parse(good).map(|name| name.to_string()), Ok(good.to_owned()));
        }
        let too_long = format!("a.{}", "b".repeat(63));
        for bad in
            ["", ".", "contact", "contact.", ".created", "a..b", "Contact.created", "a b.c", "a.é", "a.*", &too_long]
        {
            assert!(EventName::parse(bad).is_err(), "{bad}");
        }
    }
}
