//! What changes about a client, and what makes it itself.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::crypto::base64url;
use crate::domain::crypto::secret::SecretHash;

/// Counts the changes of what is said of an app, so that nobody changes what they have not seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AppVersion(u64);

impl AppVersion {
    /// Says whether nothing was changed yet; then the table has none.
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

/// Counts the times that all tokens of an app were revoked at once.
///
/// Whatever an app gets keeps the epoch in which it got it; raising the app's ends all of that with one write. Consents
/// stay: nobody has to agree again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TokenEpoch(u64);

impl TokenEpoch {
    /// Says whether tokens were never revoked; then neither the table nor a token has it.
    pub const fn is_first(&self) -> bool {
        self.0 == 0
    }
}

/// What makes a client itself: a consent to one client is none to another that took its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AppIdentity(String);

impl AppIdentity {
    /// The identity of a client of which this is true.
    pub fn of(what_makes_it_itself: &serde_json::Value) -> Self {
        let hash = SecretHash::of(what_makes_it_itself.to_string().as_bytes());
        Self(base64url::encode(hash.as_bytes()))
    }
}
