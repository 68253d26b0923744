//! Ways to get a token.

use serde::{Deserialize, Serialize};

use crate::domain::oauth::client_auth::ClientAuthMethod;

/// A grant that a client may be registered for (RFC 6749 §1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantType {
    /// A user's consent, by way of a code (RFC 6749 §4.1).
    AuthorizationCode,
    /// The client for itself (RFC 6749 §4.4).
    ClientCredentials,
    /// A refresh token (RFC 6749 §6).
    RefreshToken,
    /// A user's consent, given on another device (RFC 8628).
    #[serde(rename = "urn:ietf:params:oauth:grant-type:device_code")]
    DeviceCode,
}

impl GrantType {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::AuthorizationCode, Self::RefreshToken, Self::ClientCredentials, Self::DeviceCode];

    /// The name that requests and registrations use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::ClientCredentials => "client_credentials",
            Self::RefreshToken => "refresh_token",
            Self::DeviceCode => "urn:ietf:params:oauth:grant-type:device_code",
        }
    }

    /// Reads the name that requests and registrations use.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grant| grant.as_str() == name)
    }

    /// Reads the name, or says in a sentence which there are.
    ///
    /// # Errors
    ///
    /// The sentence to show.
    pub fn require(name: &str) -> Result<Self, String> {
        let names = Self::ALL.map(Self::as_str).join(", ");
        Self::parse(name).ok_or_else(|| format!("must be one of {names}"))
    }

    /// Says whether a user's consent stands behind it.
    pub const fn is_users(self) -> bool {
        matches!(self, Self::AuthorizationCode | Self::DeviceCode)
    }

    /// The grants of a client that names none: its own if it has a secret, and a user's if it has somewhere to return to.
    pub fn defaults(has_redirect_uris: bool, auth_method: ClientAuthMethod) -> Vec<Self> {
        let own = (auth_method != ClientAuthMethod::None).then_some(Self::ClientCredentials);
        let users = if has_redirect_uris { vec![Self::AuthorizationCode, Self::RefreshToken] } else { vec![] };
        own.into_iter().chain(users).collect()
    }

    /// Checks that a client can use the grants that it is registered for.
    ///
    /// # Errors
    ///
    /// The sentence that says what it lacks.
    pub fn check(grants: &[Self], has_redirect_uris: bool, auth_method: ClientAuthMethod) -> Result<(), &'static str> {
        let has = |grant| grants.contains(&grant);
        if grants.is_empty() {
            return Err("must not be empty: a client without a secret needs redirect_uris");
        }
        // RFC 6749 §4.4: confidential clients only.
        if has(Self::ClientCredentials) && auth_method == ClientAuthMethod::None {
            return Err("must not contain client_credentials for a client without a secret");
        }
        if has(Self::AuthorizationCode) && !has_redirect_uris {
            return Err("must not contain authorization_code without redirect_uris");
        }
        if has(Self::RefreshToken) && !grants.iter().any(|grant| grant.is_users()) {
            return Err("must not contain refresh_token without authorization_code or the device grant");
        }
        Ok(())
    }
}
