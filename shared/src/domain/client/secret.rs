//! Client secrets, with which confidential clients authenticate.

use serde::{Deserialize, Serialize};

use crate::domain::crypto::secret::{Secret, SecretHash};
use crate::domain::crypto::{base64url, random};
use crate::domain::types::timestamp::Timestamp;

/// A client secret, shown once: `dw_cs_` and 256 random bits.
#[derive(Clone, Debug)]
pub struct ClientSecret(Secret);

impl ClientSecret {
    const PREFIX: &str = "dw_cs_";
    /// How many characters of a secret may be shown later, so that users can distinguish two secrets.
    const SHOWN: usize = 12;

    /// A new secret.
    pub fn generate() -> Self {
        Self(Secret::new(format!("{}{}", Self::PREFIX, base64url::encode(&random::bytes::<32>()))))
    }

    /// The secret itself, for the one response that contains it.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// The secret as the table stores it.
    pub fn stored(&self, created_at: Timestamp) -> StoredSecret {
        StoredSecret {
            hash: SecretHash::of(self.expose().as_bytes()),
            prefix: self.expose().chars().take(Self::SHOWN).collect(),
            created_at,
            expires_at: None,
        }
    }
}

/// A client secret as the table stores it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredSecret {
    /// The hash of the secret.
    pub hash: SecretHash,
    /// Its first characters, to distinguish secrets.
    pub prefix: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it expires, if it was replaced by another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

impl StoredSecret {
    /// Returns whether it is still valid.
    pub fn is_valid(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|expires_at| now < expires_at)
    }
}
