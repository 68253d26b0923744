//! Ways to get a token.

use serde::{Deserialize, Serialize};

/// A grant that a client may be registered for (RFC 6749 §1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantType {
    /// A person's consent, by way of a code (RFC 6749 §4.1).
    AuthorizationCode,
    /// The client for itself (RFC 6749 §4.4).
    ClientCredentials,
    /// A refresh token (RFC 6749 §6).
    RefreshToken,
}

impl GrantType {
    /// Reads the name that requests and registrations use.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "authorization_code" => Some(Self::AuthorizationCode),
            "client_credentials" => Some(Self::ClientCredentials),
            "refresh_token" => Some(Self::RefreshToken),
            _ => None,
        }
    }

    /// The grants of a client that names none: its own, and a person's when it has somewhere to return to.
    pub fn defaults(has_redirect_uris: bool) -> Vec<Self> {
        let mut grants = vec![Self::ClientCredentials];
        if has_redirect_uris {
            grants.extend([Self::AuthorizationCode, Self::RefreshToken]);
        }
        grants
    }
}
