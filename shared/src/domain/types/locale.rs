//! Languages that users read, as BCP 47 tags.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A language tag such as `en`, `de-CH` or `zh-Hant-TW`, stored as it was given.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Locale(String);

impl Locale {
    const LONGEST: usize = 35;

    /// Parses a tag: a language, and further subtags separated by hyphens (RFC 5646 §2.1).
    ///
    /// # Errors
    ///
    /// The sentence to show when it is of another form.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut subtags = text.split('-');
        let is_language = |tag: &str| matches!(tag.len(), 2..=3) && tag.bytes().all(|b| b.is_ascii_alphabetic());
        let is_subtag = |tag: &str| matches!(tag.len(), 1..=8) && tag.bytes().all(|b| b.is_ascii_alphanumeric());
        if text.len() <= Self::LONGEST && subtags.next().is_some_and(is_language) && subtags.all(is_subtag) {
            Ok(Self(text.to_owned()))
        } else {
            Err("must be a language tag, like en or de-CH".to_owned())
        }
    }

    /// The tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The language subtag alone, in lower case: `de` of `de-CH`.
    pub fn language(&self) -> String {
        self.0.split('-').next().unwrap_or_default().to_ascii_lowercase()
    }
}

impl fmt::Debug for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_unchanged_and_has_a_language() {
        for (tag, language) in [("en", "en"), ("de-CH", "de"), ("zh-Hant-TW", "zh"), ("SR-latn-rs", "sr")] {
            let locale = Locale::parse(tag).unwrap();
            assert_eq!((locale.as_str(), locale.language().as_str()), (tag, language));
        }
    }

    #[test]
    fn invalid_tags_are_refused() {
        for bad in ["", "e", "english", "en_GB", "en-", "-en", "en-abcdefghi", "e1", "en-\u{e9}", &"en-a".repeat(12)] {
            assert!(Locale::parse(bad).is_err(), "{bad:?}");
        }
    }
}
