//! Redirect URIs: where an authorization may return to.

use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// A redirect URI as it was registered, compared letter by letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RedirectUri(String);

impl RedirectUri {
    /// The longest accepted, in bytes.
    const LONGEST: usize = 512;
    /// How many a client may have.
    pub const MOST: usize = 10;

    /// Accepts a redirect URI for registration (RFC 9700 §2.1, §2.6; RFC 8252 §7).
    ///
    /// # Errors
    ///
    /// The sentence to show when it is relative, has a fragment or user name, or is neither `https`, nor `http` on a
    /// loopback host, nor a private-use scheme with a dot.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() > Self::LONGEST {
            return Err(format!("must have at most {} bytes", Self::LONGEST));
        }
        // Printable ASCII only: what a browser would repair silently could not be compared letter by letter.
        if !text.bytes().all(|b| matches!(b, 0x21..=0x7e)) || text.contains(['\\', '"', '<', '>']) {
            return Err("must not contain spaces, quotes, backslashes or characters outside ASCII".to_owned());
        }
        let url = Url::parse(text).map_err(|_| "must be an absolute URI".to_owned())?;
        // RFC 6749 §3.1.2: no fragment.
        if text.contains('#') {
            return Err("must not have a fragment".to_owned());
        }
        // The parser forgets an empty user name, so the text is asked.
        if authority(text).contains('@') {
            return Err("must not contain a user name or password".to_owned());
        }
        if text.contains('*') {
            return Err("must not contain a wildcard".to_owned());
        }
        match url.scheme() {
            "https" => Ok(()),
            "http" if is_loopback(&url) => Ok(()),
            "http" => Err("must be https, unless it is on 127.0.0.1, [::1] or localhost".to_owned()),
            // RFC 8252 §7.1: a reversed domain name, so that schemes of two apps do not collide.
            private if private.contains('.') => Ok(()),
            _ => Err("must be https, or a private-use scheme with a dot such as com.example.app".to_owned()),
        }?;
        Ok(Self(text.to_owned()))
    }

    /// The URI as it was registered.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn authority(text: &str) -> &str {
    let rest = text.split_once("://").map_or("", |(_, rest)| rest);
    rest.split(['/', '?']).next().unwrap_or_default()
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn web_loopback_and_private_schemes_are_accepted() {
        for good in [
            "https://app.example/cb",
            "https://app.example/cb?tenant=1",
            "http://127.0.0.1/cb",
            "http://127.0.0.1:51004/cb",
            "http://[::1]/cb",
            "http://localhost:3000/cb",
            "https://app.example/@me/cb",
            "com.example.app:/oauth",
        ] {
            assert_eq!(RedirectUri::parse(good).unwrap().as_str(), good);
        }
    }

    #[test]
    fn what_could_carry_a_code_elsewhere_is_refused() {
        let long = format!("https://app.example/{}", "x".repeat(512));
        for bad in [
            "",
            "/cb",
            "app.example/cb",
            "https://",
            "https://app.example/cb#x",
            "https://app.example/cb#",
            "http://app.example/cb",
            "http://127.0.0.1.evil.example/cb",
            "javascript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "myapp://cb",
            "https://user@app.example/cb",
            "https://@app.example/cb",
            "https://app.example@evil.example/cb",
            "https://*.example/cb",
            "https://app.example\\@evil.example",
            "https://app.example/c b",
            "https://ａpp.example/cb",
            &long,
        ] {
            assert!(RedirectUri::parse(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_accepted_is_kept_letter_by_letter(text in "(https?|com\\.example)://[a-z0-9.:@\\[\\]-]{0,20}[/?#a-z%0-9]{0,20}") {
            if let Ok(uri) = RedirectUri::parse(&text) {
                prop_assert_eq!(uri.as_str(), text.as_str());
                prop_assert!(!text.contains('#') && !authority(&text).contains('@'));
            }
        }
    }
}
