//! A client's version, token epoch and identity.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::crypto::base64url;
use crate::domain::crypto::secret::SecretHash;

/// Counts the changes of an app, so that no caller overwrites a change that they have not read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AppVersion(u64);

impl AppVersion {
    /// Returns whether the app was never changed; then the table does not store the version.
    pub const fn is_first(&self) -> bool {
        self.0 == 0
    }

    /// The version after this one.
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for AppVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Counts how often all tokens of an app were revoked at once.
///
/// Every code, session and token of an app stores the epoch in which it was issued; incrementing the app's epoch revokes
/// all of them with one write. Consents stay, so users do not have to consent again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TokenEpoch(u64);

impl TokenEpoch {
    /// Returns whether tokens were never revoked; then neither the table nor a token stores the epoch.
    pub const fn is_first(&self) -> bool {
        self.0 == 0
    }
}

/// A client's identity: a consent to one client does not apply to another that replaced it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AppIdentity(String);

impl AppIdentity {
    /// The identity as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The identity of a client with these properties.
    pub fn of(properties: &serde_json::Value) -> Self {
        let hash = SecretHash::of(properties.to_string().as_bytes());
        Self(base64url::encode(hash.as_bytes()))
    }
}
