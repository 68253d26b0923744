//! ID tokens: who signed in, told to the client that asked (OpenID Connect Core §2).

use std::time::Duration;

use aws_lc_rs::digest;
use serde::{Deserialize, Serialize};

use crate::domain::crypto::base64url;
use crate::domain::session::id::SessionId;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::UserId;

/// The `typ` of an ID token; an access token has another.
pub const TYP: &str = "JWT";

/// How long an ID token is good for: it is read once, when it arrives.
pub const LIFETIME: Duration = Duration::from_secs(3_600);

/// What an ID token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdTokenClaims {
    /// The issuer.
    pub iss: String,
    /// The user.
    pub sub: UserId,
    /// The client.
    pub aud: String,
    /// When it expires.
    pub exp: Timestamp,
    /// When it was made.
    pub iat: Timestamp,
    /// When the user proved who they are.
    pub auth_time: Timestamp,
    /// The client's own, given back in the first ID token only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// Binds the access token that came with it.
    pub at_hash: String,
    /// The sign-in in the browser, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<SessionId>,
    /// How the user proved who they are (RFC 8176), as far as we know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<String>,
    /// What the granted scopes tell about the user.
    #[serde(flatten)]
    pub user: PersonClaims,
}

/// What clients may learn about a user, each by its scope (OpenID Connect Core §5.4).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonClaims {
    /// With `profile`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// With `profile`: the name that the user signs in with, if they have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preferred_username: Option<String>,
    /// With `email`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// With `email`: whether the user proved that mail reaches them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email_verified: Option<bool>,
    /// With `profile`: the language that the user prefers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
}

/// The left half of the access token's SHA-256 (OpenID Connect Core §3.1.3.6).
pub fn at_hash(access_token: &str) -> String {
    let hash = digest::digest(&digest::SHA256, access_token.as_bytes());
    base64url::encode(hash.as_ref().get(..16).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_that_of_the_example_in_openid_connect_core() {
        // Appendix A.3.
        assert_eq!(at_hash("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"), "77QmUPtjPfzWtF2AnpK9RQ");
    }
}
