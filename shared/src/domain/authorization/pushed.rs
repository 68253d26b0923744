//! Pushed authorization requests: an app posts its request before it redirects the user (RFC 9126).

use std::time::Duration;

use crate::domain::authorization::{AuthorizationId, AuthorizationRequest};
use crate::domain::crypto::addressed_secret::PlacedSecret;
use crate::domain::crypto::secret::{Secret, SecretHash};
use crate::domain::types::id::WriteId;
use crate::domain::types::timestamp::Timestamp;

/// The `request_uri` of a pushed request: 256 random bits.
#[derive(Clone, Debug)]
pub struct RequestUri(PlacedSecret<0>);

impl RequestUri {
    const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";

    /// A new `request_uri`.
    pub fn generate() -> Self {
        Self(PlacedSecret::generate([]))
    }

    /// Returns whether a string has the form of a pushed request's `request_uri`, and is not a URL to fetch.
    pub fn is_meant(text: &str) -> bool {
        text.starts_with(Self::PREFIX)
    }

    /// Parses a `request_uri`; returns `None` for a string of any other form.
    pub fn parse(text: &str) -> Option<Self> {
        PlacedSecret::parse(Self::PREFIX, text).map(Self)
    }

    /// Encodes the `request_uri` for the one response that contains it.
    pub fn issue(&self) -> Secret {
        self.0.issue(Self::PREFIX)
    }

    /// The hash under which the request is stored.
    pub fn hash(&self) -> SecretHash {
        self.0.hash()
    }
}

/// A pushed request.
#[derive(Clone, Debug)]
pub struct PushedRequest {
    /// The hash of its `request_uri`.
    pub hash: SecretHash,
    /// The validated request.
    pub request: AuthorizationRequest,
    /// The authorization that it starts: always the same one, so it can be answered only once, however often a browser
    /// reloads.
    pub authorization_id: AuthorizationId,
    /// When it was pushed.
    pub created_at: Timestamp,
    /// When it expires.
    pub ends_at: Timestamp,
    /// Identifies the write that created it.
    pub attempt: WriteId,
}

impl PushedRequest {
    /// How long an app may take to redirect the user.
    pub const LIFETIME: Duration = Duration::from_secs(90);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_uri_reads_back_and_no_other_url_is_one() {
        let name = RequestUri::generate();
        assert_eq!(RequestUri::parse(name.issue().expose()).unwrap().hash(), name.hash());
        for other in [
            "",
            "https://internal.example/request",
            "urn:ietf:params:oauth:request_uri:",
            "urn:ietf:params:oauth:request_uri:AAAA",
        ] {
            assert!(RequestUri::parse(other).is_none(), "{other}");
        }
    }
}
