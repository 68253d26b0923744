//! Pushed authorization requests: what an app asks for, told to us before it sends a user here (RFC 9126).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::authorization::{AuthorizationId, AuthorizationRequest};
use crate::domain::crypto::addressed_secret::PlacedSecret;
use crate::domain::crypto::secret::{Secret, SecretHash};
use crate::domain::types::id::WriteId;
use crate::domain::types::timestamp::Timestamp;

/// The name of a pushed request: 256 random bits.
#[derive(Clone, Debug)]
pub struct RequestUri(PlacedSecret<0>);

impl RequestUri {
    const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";

    /// A new name.
    pub fn generate() -> Self {
        Self(PlacedSecret::generate([]))
    }

    /// Says whether a text means to be such a name, and not an address to fetch something from.
    pub fn is_meant(text: &str) -> bool {
        text.starts_with(Self::PREFIX)
    }

    /// Reads a name; a text of any other form is none of ours.
    pub fn parse(text: &str) -> Option<Self> {
        PlacedSecret::parse(Self::PREFIX, text).map(Self)
    }

    /// Writes the name down, for the one answer that carries it.
    pub fn issue(&self) -> Secret {
        self.0.issue(Self::PREFIX)
    }

    /// What the table knows it by.
    pub fn hash(&self) -> SecretHash {
        self.0.hash()
    }
}

/// A pushed request as the table holds it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PushedRequest {
    /// Proves its name.
    pub hash: SecretHash,
    /// What the app asks for, validated.
    pub request: AuthorizationRequest,
    /// The authorization that it opens: always the same one, so it can be answered once, however often a browser reloads.
    pub authorization_id: AuthorizationId,
    /// When it was pushed.
    pub created_at: Timestamp,
    /// When it is too late to use it.
    pub ends_at: Timestamp,
    /// Names the write that made it.
    pub attempt: WriteId,
}

impl PushedRequest {
    /// How long an app may take to send the user.
    pub const LIFETIME: Duration = Duration::from_secs(90);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_reads_back_and_no_address_is_one() {
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
