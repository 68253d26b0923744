//! Authorization responses to a client's redirect URI (RFC 6749 §4.1.2, RFC 9207).

use form_urlencoded::Serializer;
use serde::{Deserialize, Serialize};
use url::{Host, Url};

use crate::domain::oauth::redirect_uri::{is_loopback, is_plain_host};

/// How an authorization response is returned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseMode {
    /// In the query of the redirect.
    #[default]
    Query,
    /// In a form that the browser submits (OAuth 2.0 Form Post Response Mode).
    FormPost,
}

impl ResponseMode {
    /// Parses the name that requests use.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "query" => Some(Self::Query),
            "form_post" => Some(Self::FormPost),
            _ => None,
        }
    }
}

/// Where an authorization response goes: a redirect URI that the client registered, and its `state`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnAddress {
    /// The redirect URI, as requested or else as registered.
    pub redirect_uri: String,
    /// How the response is returned.
    #[serde(default)]
    pub response_mode: ResponseMode,
    /// The client's `state`, returned unchanged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
}

/// The parameters of a response, in their order.
pub type Answer<'a> = Vec<(&'a str, &'a str)>;

impl ReturnAddress {
    /// Adds the parameters that every response has: `state`, and `iss` so that a client of several servers knows
    /// which one responded (RFC 9207 §2).
    pub fn complete<'a>(&'a self, mut answer: Answer<'a>, issuer: &'a str) -> Answer<'a> {
        answer.extend(self.state.as_deref().map(|state| ("state", state)));
        answer.push(("iss", issuer));
        answer
    }

    /// The redirect URI with these parameters after its own (RFC 6749 §3.1.2).
    pub fn with_query(&self, answer: &Answer<'_>) -> String {
        let separator = match self.redirect_uri.split_once('?') {
            None => "?",
            Some((_, "")) => "",
            Some((_, query)) if query.ends_with('&') => "",
            Some(_) => "&",
        };
        let query = Serializer::new(String::new()).extend_pairs(answer).finish();
        format!("{}{separator}{query}", self.redirect_uri)
    }

    /// The redirect URI's host as shown to a user; `None` for a program on their own machine.
    pub fn host(&self) -> Option<String> {
        let url = Url::parse(&self.redirect_uri).ok()?;
        let is_web = url.scheme() == "https" && !is_loopback(&url);
        url.host_str().filter(|_| is_web).map(str::to_owned)
    }

    /// The Content Security Policy source of the redirect URI: an origin, or a private-use scheme.
    pub fn csp_source(&self) -> Option<String> {
        let url = Url::parse(&self.redirect_uri).ok()?;
        let origin = url.origin();
        // The grammar of policies has no IPv6 addresses (CSP Level 3 §2.3.1).
        let has_name = origin.is_tuple() && !matches!(url.host(), Some(Host::Ipv6(_)));
        // An earlier version registered hosts with characters that end a source.
        if has_name && !url.host_str().is_some_and(is_plain_host) {
            return None;
        }
        Some(if has_name { origin.ascii_serialization() } else { format!("{}:", url.scheme()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn to(redirect_uri: &str) -> ReturnAddress {
        ReturnAddress { redirect_uri: redirect_uri.to_owned(), response_mode: ResponseMode::Query, state: None }
    }

    #[test]
    fn an_existing_query_is_preserved() {
        for (uri, expected) in [
            ("https://app.example/cb", "https://app.example/cb?code=1"),
            ("https://app.example/cb?", "https://app.example/cb?code=1"),
            ("https://app.example/cb?a=b", "https://app.example/cb?a=b&code=1"),
            ("com.example.app:/cb", "com.example.app:/cb?code=1"),
        ] {
            assert_eq!(to(uri).with_query(&vec![("code", "1")]), expected);
        }
    }

    #[test]
    fn a_policy_source_is_an_origin_or_a_scheme() {
        for (uri, source, host) in [
            ("https://app.example/cb", "https://app.example", Some("app.example")),
            ("https://app.example:8443/cb", "https://app.example:8443", Some("app.example")),
            ("http://127.0.0.1:51004/cb", "http://127.0.0.1:51004", None),
            ("https://localhost:8443/cb", "https://localhost:8443", None),
            ("cursor://anysphere.cursor-retrieval/cb", "cursor:", None),
            ("http://[::1]:51004/cb", "http:", None),
            ("com.example.app:/cb", "com.example.app:", None),
        ] {
            assert_eq!((to(uri).csp_source().as_deref(), to(uri).host().as_deref()), (Some(source), host), "{uri}");
        }
    }

    #[test]
    fn a_host_that_an_earlier_version_registered_adds_nothing_to_a_policy() {
        for uri in ["https://a;script-src.example/cb", "https://a,b.example/cb", "https://'self'/cb"] {
            assert_eq!(to(uri).csp_source(), None, "{uri}");
        }
    }

    proptest! {
        #[test]
        fn a_state_is_returned_unchanged_and_cannot_inject_parameters(state in "(\\PC|[\r\n\0%&=#])*") {
            let address = ReturnAddress { state: Some(state.clone()), ..to("https://app.example/cb") };
            let location = address.with_query(&address.complete(vec![("code", "1")], "https://auth.example"));
            prop_assert!(location.bytes().all(|b| matches!(b, 0x21..=0x7e)));
            let back: Vec<_> = Url::parse(&location).unwrap().query_pairs().into_owned().collect();
            let expected = [("code", "1"), ("state", &state), ("iss", "https://auth.example")];
            prop_assert_eq!(back, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        }
    }
}
