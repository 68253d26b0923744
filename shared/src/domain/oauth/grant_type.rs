//! Grant types.

use serde::{Deserialize, Serialize};

use crate::domain::oauth::client_auth::ClientAuthMethod;

/// A grant that a client may be registered for (RFC 6749 §1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantType {
    /// A user's consent, through an authorization code (RFC 6749 §4.1).
    AuthorizationCode,
    /// The client on its own behalf (RFC 6749 §4.4).
    ClientCredentials,
    /// A refresh token (RFC 6749 §6).
    RefreshToken,
    /// A user's consent, given on another device (RFC 8628).
    #[serde(rename = "urn:ietf:params:oauth:grant-type:device_code")]
    DeviceCode,
}

impl GrantType {
    /// All grant types.
    pub const ALL: [Self; 4] = [Self::AuthorizationCode, Self::RefreshToken, Self::ClientCredentials, Self::DeviceCode];

    /// The name used in requests and registrations.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::ClientCredentials => "client_credentials",
            Self::RefreshToken => "refresh_token",
            Self::DeviceCode => "urn:ietf:params:oauth:grant-type:device_code",
        }
    }

    /// Parses the name used in requests and registrations.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grant| grant.as_str() == name)
    }

    /// Parses the name; the error lists the valid ones.
    ///
    /// # Errors
    ///
    /// The end of a sentence about it.
    pub fn require(name: &str) -> Result<Self, String> {
        let names = Self::ALL.map(Self::as_str).join(", ");
        Self::parse(name).ok_or_else(|| format!("must be one of {names}"))
    }

    /// Returns whether it requires a user's consent.
    pub const fn is_users(self) -> bool {
        matches!(self, Self::AuthorizationCode | Self::DeviceCode)
    }

    /// The default grants of a client: codes if it has redirect URIs, and otherwise `client_credentials` if it can
    /// authenticate. A client of users acts for itself only if it was asked for.
    pub fn defaults(has_redirect_uris: bool, auth_method: ClientAuthMethod) -> Vec<Self> {
        match (has_redirect_uris, auth_method) {
            (true, _) => vec![Self::AuthorizationCode, Self::RefreshToken],
            (false, ClientAuthMethod::None) => Vec::new(),
            (false, _) => vec![Self::ClientCredentials],
        }
    }

    /// Checks that a client can use its registered grants.
    ///
    /// # Errors
    ///
    /// The sentence that says what is missing.
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
