//! Signing keys: the private keys that sign JWTs.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use crate::domain::crypto::base64url;
use crate::domain::crypto::published_keys::{PublicKey, PublishedKey};
use crate::domain::crypto::secret::Secret;
use crate::domain::crypto::signing_algorithm::SigningAlgorithm;
use crate::domain::types::timestamp::Timestamp;
use crate::fault::Fault;

/// The secret `SigningKeys` as Secrets Manager stores it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct SigningKeysDocument {
    /// The keys, oldest first; empty until the first rotation.
    pub keys: Vec<SigningKeyEntry>,
}

/// One private key of a [`SigningKeysDocument`].
#[derive(Clone, Serialize, Deserialize)]
pub struct SigningKeyEntry {
    /// The key's id: its RFC 7638 thumbprint.
    pub kid: String,
    /// Its algorithm.
    pub alg: SigningAlgorithm,
    /// The private key: PKCS#8 DER in base64.
    pub pkcs8: String,
    /// When it starts to sign, so that all clients have read its public key before.
    pub signs_from: Timestamp,
    /// When it is removed from the JWKS; absent while it is the newest key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retires_at: Option<Timestamp>,
}

impl std::fmt::Debug for SigningKeyEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKeyEntry").field("kid", &self.kid).field("alg", &self.alg).finish_non_exhaustive()
    }
}

impl SigningKeyEntry {
    /// Accepts a new private key (PKCS#8 DER) and computes its id.
    ///
    /// # Errors
    ///
    /// [`Fault::Broken`] when it is not a key for this algorithm.
    pub fn new(alg: SigningAlgorithm, pkcs8: &[u8], signs_from: Timestamp) -> Result<Self, Fault> {
        let kid = Pair::read(alg, pkcs8)?.public().thumbprint();
        Ok(Self { kid, alg, pkcs8: STANDARD.encode(pkcs8), signs_from, retires_at: None })
    }

    /// The public key, for the JWKS.
    ///
    /// # Errors
    ///
    /// [`Fault::Broken`] when the private key cannot be parsed.
    pub fn published(&self) -> Result<PublishedKey, Fault> {
        let public = self.pair()?.public();
        Ok(PublishedKey {
            kid: self.kid.clone(),
            alg: self.alg,
            public,
            signs_from: self.signs_from,
            retires_at: self.retires_at,
        })
    }

    fn pair(&self) -> Result<Pair, Fault> {
        let der = STANDARD.decode(&self.pkcs8).map_err(|_| Fault::broken("a signing key is not base64"))?;
        Pair::read(self.alg, &der)
    }
}

/// A [`SigningKeysDocument`] as functions read it. The rotation reads the document itself, so that it drops no key.
#[derive(Deserialize)]
struct ReadDocument {
    keys: Vec<ReadEntry>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum ReadEntry {
    Known(SigningKeyEntry),
    Unknown(IgnoredAny),
}

enum Pair {
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair),
}

impl Pair {
    fn read(alg: SigningAlgorithm, pkcs8: &[u8]) -> Result<Self, Fault> {
        let rejected = |_| Fault::broken("a signing key is damaged");
        match alg {
            SigningAlgorithm::RS256 => RsaKeyPair::from_pkcs8(pkcs8).map(Self::Rsa).map_err(rejected),
            SigningAlgorithm::ES256 => {
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8).map(Self::Ec).map_err(rejected)
            }
        }
    }

    fn public(&self) -> PublicKey {
        match self {
            Self::Rsa(pair) => PublicKey::Rsa {
                n: base64url::encode(pair.public_key().modulus().big_endian_without_leading_zero()),
                e: base64url::encode(pair.public_key().exponent().big_endian_without_leading_zero()),
            },
            // An uncompressed point (SEC 1 §2.3.3): 4, then x and y of 32 bytes each.
            Self::Ec(pair) => {
                let (x, y) =
                    pair.public_key().as_ref().get(1..).unwrap_or_default().split_at_checked(32).unwrap_or_default();
                PublicKey::Ec { crv: "P-256".to_owned(), x: base64url::encode(x), y: base64url::encode(y) }
            }
        }
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Fault> {
        let random = SystemRandom::new();
        let failed = |_| Fault::broken("a token could not be signed");
        match self {
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).map_err(failed)?;
                Ok(signature)
            }
            Self::Ec(pair) => Ok(pair.sign(&random, message).map_err(failed)?.as_ref().to_vec()),
        }
    }
}

struct SigningKey {
    kid: String,
    alg: SigningAlgorithm,
    signs_from: Timestamp,
    pair: Pair,
}

/// The private keys, parsed once: `jsonwebtoken` would parse one again for every token.
pub struct SigningKeys(Vec<SigningKey>);

impl SigningKeys {
    /// Parses the keys of a secret, without those for algorithms that this version does not know.
    ///
    /// # Errors
    ///
    /// [`Fault::Unavailable`] while no key exists yet, [`Fault::Broken`] when the secret cannot be parsed.
    pub fn read(secret: &Secret) -> Result<Self, Fault> {
        let document: ReadDocument = serde_json::from_str(secret.expose())
            .map_err(|_| Fault::broken("the secret SigningKeys cannot be parsed"))?;
        let known = document.keys.into_iter().filter_map(|entry| match entry {
            ReadEntry::Known(entry) => Some(entry),
            ReadEntry::Unknown(_) => None,
        });
        let parse = |entry: SigningKeyEntry| {
            let pair = entry.pair()?;
            Ok(SigningKey { kid: entry.kid, alg: entry.alg, signs_from: entry.signs_from, pair })
        };
        let keys = known.map(parse).collect::<Result<Vec<_>, Fault>>()?;
        if keys.is_empty() {
            return Err(Fault::unavailable("no signing key exists yet: keys-rotate has not run"));
        }
        Ok(Self(keys))
    }

    /// Signs a JWT of this type (`typ`) with the newest key for this algorithm that may sign now.
    ///
    /// # Errors
    ///
    /// [`Fault::Unavailable`] when no key may sign yet, [`Fault::Broken`] when signing fails.
    pub fn sign<T: Serialize>(
        &self,
        alg: SigningAlgorithm,
        typ: &str,
        claims: &T,
        now: Timestamp,
    ) -> Result<Secret, Fault> {
        let candidates = self.0.iter().filter(|key| key.alg == alg && key.signs_from <= now);
        let key = candidates
            .max_by_key(|key| key.signs_from)
            .ok_or_else(|| Fault::unavailable("no signing key may be used yet"))?;
        let header = jsonwebtoken::Header {
            typ: Some(typ.to_owned()),
            kid: Some(key.kid.clone()),
            ..jsonwebtoken::Header::new(key.alg.into())
        };
        let mut token = format!("{}.{}", encode_json(&header)?, encode_json(claims)?);
        let signature = base64url::encode(&key.pair.sign(token.as_bytes())?);
        token.push('.');
        token.push_str(&signature);
        Ok(Secret::new(token))
    }
}

impl From<SigningAlgorithm> for jsonwebtoken::Algorithm {
    fn from(alg: SigningAlgorithm) -> Self {
        match alg {
            SigningAlgorithm::RS256 => Self::RS256,
            SigningAlgorithm::ES256 => Self::ES256,
        }
    }
}

fn encode_json(value: &impl Serialize) -> Result<String, Fault> {
    serde_json::to_vec(value).map(|json| base64url::encode(&json)).map_err(Fault::broken)
}
