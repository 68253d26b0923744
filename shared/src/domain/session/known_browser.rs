//! Known browsers: the cookie of a browser in which users signed in.

use crate::domain::crypto::base64url;
use crate::domain::crypto::random;

/// A browser in which users signed in: 128 random bits in a cookie of their own.
///
/// Which users it is known to is in the table of limits, so the cookie proves nothing about any other user.
#[derive(Clone, PartialEq, Eq)]
pub struct KnownBrowser([u8; 16]);

impl KnownBrowser {
    /// A browser in which no user signed in yet.
    pub fn generate() -> Self {
        Self(random::bytes())
    }

    /// Parses a cookie's value; returns `None` for a string of any other form.
    pub fn parse(text: &str) -> Option<Self> {
        base64url::decode(text).filter(|_| text.len() == 22)?.try_into().ok().map(Self)
    }

    /// The cookie's value.
    pub fn cookie_value(&self) -> String {
        base64url::encode(&self.0)
    }
}

impl std::fmt::Debug for KnownBrowser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KnownBrowser")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_read_as_it_was_set_and_nothing_else_is_one() {
        let browser = KnownBrowser::generate();
        assert_eq!(KnownBrowser::parse(&browser.cookie_value()), Some(browser.clone()));
        assert_ne!(browser, KnownBrowser::generate());
        for text in ["", "AAAA", &format!("{}A", browser.cookie_value()), "!!!!!!!!!!!!!!!!!!!!!!"] {
            assert_eq!(KnownBrowser::parse(text), None, "{text:?}");
        }
    }
}
