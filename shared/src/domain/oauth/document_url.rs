//! URLs that are client ids: where a client's metadata document is.

use std::fmt;

use serde::{Deserialize, Serialize};
use url::Url;

/// The URL of a Client ID Metadata Document, compared as an exact string.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DocumentUrl(String);

impl DocumentUrl {
    /// The longest accepted, in bytes.
    const LONGEST: usize = 512;

    /// Accepts a URL (OAuth Client ID Metadata Document §3): `https`, with a path, without user name, fragment and
    /// dot segments, and in its normal form, so that one document has one client id.
    ///
    /// # Errors
    ///
    /// The end of a sentence about it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if !text.starts_with("https://") || text.len() > Self::LONGEST {
            return Err("must be an https URL of at most 512 bytes");
        }
        let url = Url::parse(text).map_err(|_| "must be a URL")?;
        // The parser removes dot segments, default ports, empty user names and capitals in the host: such URLs differ.
        if url.as_str() != text {
            return Err("must be a URL in its normal form, without dot segments and with a path");
        }
        if url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
            return Err("must not have a fragment, a user name or a password");
        }
        if text.contains(['\\', '"', '<', '>', '\'', '`']) {
            return Err("must not contain quotes, angle brackets or backslashes");
        }
        Ok(Self(text.to_owned()))
    }

    /// The URL as a string.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The parsed URL.
    ///
    /// # Errors
    ///
    /// None in practice: it was parsed before.
    pub fn to_url(&self) -> Result<Url, url::ParseError> {
        Url::parse(&self.0)
    }

    /// The host, as shown to a user.
    pub fn host(&self) -> &str {
        let rest = self.0.strip_prefix("https://").unwrap_or_default();
        rest.split(['/', '?', ':']).next().unwrap_or_default()
    }
}

impl fmt::Debug for DocumentUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_documents_of_todays_clients_are_accepted() {
        for good in [
            "https://claude.ai/oauth/mcp-oauth-client-metadata",
            "https://claude.ai/oauth/claude-code-client-metadata",
            "https://chatgpt.com/oauth/IbUR3zxyNQ16/client.json",
            "https://app.example:8443/client.json",
            "https://app.example/client?version=2",
        ] {
            assert_eq!(DocumentUrl::parse(good).unwrap().as_str(), good);
        }
        assert_eq!(DocumentUrl::parse("https://app.example:8443/client.json").unwrap().host(), "app.example");
    }

    #[test]
    fn urls_that_are_not_in_normal_form_are_refused() {
        let long = format!("https://app.example/{}", "x".repeat(512));
        for bad in [
            "",
            "http://app.example/client",
            "https://app.example",
            "https://user@app.example/client",
            "https://@app.example/client",
            "https://app.example/client#x",
            "https://app.example/a/../client",
            "https://app.example/./client",
            "https://app.example/a/%2e%2e/client",
            "https://app.example/%2E/client",
            "https://APP.example/client",
            "HTTPS://app.example/client",
            "https://app.example:443/client",
            "https://app.example\\@evil.example/client",
            "https://app.example/cli ent",
            "https://app.example/cli\tent",
            "https://\u{2025}/client",
            "https:app.example/client",
            &long,
        ] {
            assert!(DocumentUrl::parse(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn every_accepted_url_has_one_interpretation(text in "https://[a-z0-9.:@\\[\\]\\\\-]{0,20}[/?#a-zA-Z%0-9. ]{0,20}") {
            if let Ok(address) = DocumentUrl::parse(&text) {
                let url = address.to_url().unwrap();
                prop_assert_eq!(url.as_str(), address.as_str());
                prop_assert_eq!(url.host_str().unwrap_or_default().split(':').next(), address.host().split(':').next());
                prop_assert!(url.username().is_empty() && url.fragment().is_none());
            }
        }
    }
}
