//! Client secrets: what a confidential client proves itself with.

use serde::{Deserialize, Serialize};

use crate::domain::crypto::secret::{Secret, SecretHash};
use crate::domain::crypto::{base64url, random};
use crate::domain::types::timestamp::Timestamp;

/// A client secret, shown once: `dw_cs_` and 256 random bits.
#[derive(Clone, Debug)]
pub struct ClientSecret(Secret);

impl ClientSecret {
    const PREFIX: &str = "dw_cs_";
    /// How much of a secret may be shown later, so that users can tell two apart.
    const SHOWN: usize = 12;

    /// A new secret.
    pub fn generate() -> Self {
        Self(Secret::new(format!("{}{}", Self::PREFIX, base64url::encode(&random::bytes::<32>()))))
    }

    /// The secret itself, for its one answer.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// What the table keeps of it, valid until `expires_at` if that is given.
    pub fn stored(&self, created_at: Timestamp) -> StoredSecret {
        StoredSecret {
            hash: SecretHash::of(self.expose().as_bytes()),
            prefix: self.expose().chars().take(Self::SHOWN).collect(),
            created_at,
            expires_at: None,
        }
    }
}

/// A client secret as the table holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredSecret {
    /// Proves the secret.
    pub hash: SecretHash,
    /// Its first characters, to tell secrets apart.
    pub prefix: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working, if another has taken its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

impl StoredSecret {
    /// Says whether it still works.
    pub fn is_valid(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|expires_at| now < expires_at)
    }
}
