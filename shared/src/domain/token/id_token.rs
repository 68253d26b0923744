//! ID tokens: the user who signed in, for the client that requested it (OpenID Connect Core §2).

use std::time::Duration;

use aws_lc_rs::digest;
use serde::{Deserialize, Serialize};

use crate::domain::crypto::base64url;
use crate::domain::crypto::jwt::unverified_claims;
use crate::domain::session::id::SessionId;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::UserId;

/// The `typ` of an ID token; an access token has another.
pub const TYP: &str = "JWT";

/// The lifetime of an ID token: it is read once, when it is received.
pub const LIFETIME: Duration = Duration::from_secs(3_600);

/// The claims of an ID token.
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
    /// When it was issued.
    pub iat: Timestamp,
    /// When the user authenticated.
    pub auth_time: Timestamp,
    /// The client's `nonce`, returned in the first ID token only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// Binds the access token that is issued with it.
    pub at_hash: String,
    /// The browser session, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<SessionId>,
    /// How the user authenticated (RFC 8176), if known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<String>,
    /// The claims about the user that the granted scopes permit.
    #[serde(flatten)]
    pub user: UserClaims,
}

/// The claims about a user, each with its scope (OpenID Connect Core §5.4).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserClaims {
    /// With `profile`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// With `profile`: the user's username, if they have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preferred_username: Option<String>,
    /// With `email`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// With `email`: whether the user verified their address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email_verified: Option<bool>,
    /// With `groups`: the roles that the user has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups: Option<Vec<String>>,
    /// With `profile`: the user's preferred language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
}

/// The client that an ID token names, without any proof of it.
pub fn claimed_client(token: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Claimed {
        aud: String,
    }
    Some(unverified_claims::<Claimed>(token)?.aud)
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
