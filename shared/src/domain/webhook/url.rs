//! The address of a webhook.

use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// An address to which events may be sent: https, at most 2,048 bytes, without credentials or a fragment.
/// Whether its host is on the public internet is checked at each attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WebhookUrl(Url);

impl WebhookUrl {
    const LONGEST: usize = 2_048;

    /// Parses an address.
    ///
    /// # Errors
    ///
    /// The sentence to show when it is invalid.
    pub fn parse(text: &str) -> Result<Self, String> {
        let url = Url::parse(text).map_err(|_| "must be an address such as https://app.example/webhooks".to_owned())?;
        // As it is stored: with what was not ASCII encoded, so that it is read back.
        let mistake = if url.as_str().len() > Self::LONGEST {
            Some("must have at most 2,048 characters")
        } else if url.scheme() != "https" {
            Some("must begin with https://")
        } else if !url.username().is_empty() || url.password().is_some() {
            Some("must not have credentials: requests are signed")
        } else if url.fragment().is_some() {
            Some("must not have a fragment")
        } else if !matches!(url.host(), Some(Host::Domain(name)) if name.contains('.')) {
            Some("must have the name of a host on the public internet")
        } else {
            None
        };
        mistake.map_or(Ok(Self(url)), |mistake| Err(mistake.to_owned()))
    }

    /// The address.
    pub const fn as_url(&self) -> &Url {
        &self.0
    }
}

impl TryFrom<String> for WebhookUrl {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text)
    }
}

impl From<WebhookUrl> for String {
    fn from(url: WebhookUrl) -> Self {
        url.0.into()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_address_is_https_with_a_public_name_and_nothing_secret() {
        assert!(WebhookUrl::parse("https://app.example/webhooks?from=driftwood").is_ok());
        for (text, mistake) in [
            ("", "address"),
            ("app.example", "address"),
            ("http://app.example/", "https"),
            ("https://user:password@app.example/", "credentials"),
            ("https://app.example/#here", "fragment"),
            ("https://localhost/", "public"),
            ("https://192.0.2.1/", "public"),
            ("https://[2001:db8::1]/", "public"),
        ] {
            let sentence = WebhookUrl::parse(text).unwrap_err();
            assert!(sentence.contains(mistake), "{text}: {sentence}");
        }
        for long in ["x".repeat(2_048), "\u{fc}".repeat(400)] {
            assert!(WebhookUrl::parse(&format!("https://app.example/{long}")).is_err());
        }
    }

    proptest! {
        #[test]
        fn an_address_that_is_accepted_is_read_back(rest in "\\PC{0,30}", host in "[a-z0-9.\u{fc}\u{df}-]{1,12}") {
            let parsed = WebhookUrl::parse(&format!("https://{host}.example/{rest}"));
            prop_assume!(parsed.is_ok());
            let url = parsed.unwrap();
            prop_assert_eq!(WebhookUrl::parse(url.as_url().as_str()), Ok(url));
        }
    }
}
