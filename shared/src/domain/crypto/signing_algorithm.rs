//! Signature algorithms.

use serde::{Deserialize, Serialize};

/// A signature algorithm; a key has exactly one (RFC 8725 §3.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SigningAlgorithm {
    /// RSA with SHA-256: what API Gateway's JWT authorizer and every library can verify.
    #[default]
    RS256,
    /// ECDSA on P-256: small and fast.
    ES256,
}

impl SigningAlgorithm {
    /// The name in JOSE headers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RS256 => "RS256",
            Self::ES256 => "ES256",
        }
    }

    /// Parses the name in JOSE headers.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::RS256, Self::ES256].into_iter().find(|algorithm| algorithm.as_str() == name)
    }

    /// Parses the name; the error lists the valid ones.
    ///
    /// # Errors
    ///
    /// The sentence to show.
    pub fn require(name: &str) -> Result<Self, String> {
        Self::parse(name).ok_or_else(|| "must be RS256 or ES256".to_owned())
    }
}
