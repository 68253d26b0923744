//! What a client gets at its redirect URI.

use std::collections::BTreeMap;

/// An authorization response: the parameters at the redirect URI.
#[derive(Clone, Debug, Default)]
pub struct Answer(pub BTreeMap<String, String>);

impl Answer {
    #[track_caller]
    pub fn code(&self) -> &str {
        self.0.get("code").unwrap_or_else(|| panic!("a code: {:?}", self.0))
    }

    /// Asserts an error that is returned to the client.
    #[track_caller]
    pub fn refused(&self, code: &str) {
        assert_eq!(self.0.get("error").map(String::as_str), Some(code), "{:?}", self.0);
        assert!(self.0.contains_key("error_description") && !self.0.contains_key("code"));
    }
}
