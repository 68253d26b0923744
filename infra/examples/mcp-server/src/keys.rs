//! The issuer's public keys: found by discovery, and kept for a while.

use std::collections::HashMap;
use std::error::Error;
use std::time::{Duration, Instant};

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use reqwest::redirect::Policy;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::Mutex;
use url::Url;

use crate::settings::Settings;

/// How long keys are good without a look whether they still are.
const KEPT_FOR: Duration = Duration::from_secs(5 * 60);
/// Anybody can name a key that does not exist, so that is worth a look only so often.
const LOOK_AGAIN_AFTER: Duration = Duration::from_secs(60);
/// How long the issuer may take for an answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// A public key and the one algorithm that it is for (RFC 8725 §3.1).
#[derive(Clone)]
pub struct Key {
    /// The algorithm.
    pub algorithm: Algorithm,
    /// The key.
    pub decoding: DecodingKey,
}

/// The issuer's public keys.
pub struct IssuerKeys {
    issuer: String,
    metadata: Url,
    http: reqwest::Client,
    cache: Mutex<Cache>,
}

#[derive(Default)]
struct Cache {
    keys: HashMap<String, Key>,
    fetched: Option<Instant>,
    tried: Option<Instant>,
}

#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    jwks_uri: String,
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Value>,
}

impl IssuerKeys {
    /// Gets ready; nothing is asked for yet, so that this server may start before the issuer.
    ///
    /// # Errors
    ///
    /// When this machine has nothing to verify TLS with.
    pub fn new(settings: &Settings) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder().timeout(PATIENCE).redirect(Policy::none()).build()?;
        let (issuer, metadata) = (settings.issuer().to_owned(), settings.issuer_metadata());
        Ok(Self { issuer, metadata, http, cache: Mutex::default() })
    }

    /// Finds a key by its name, if the issuer has it.
    ///
    /// # Errors
    ///
    /// When the issuer has to be asked and does not answer as it should.
    pub async fn find(&self, kid: &str, now: Instant) -> Result<Option<Key>, Box<dyn Error + Send + Sync>> {
        // One at a time: requests that come meanwhile wait for the same response.
        let mut cache = self.cache.lock().await;
        let is_past = |at: Option<Instant>, age| at.is_none_or(|at| now.saturating_duration_since(at) >= age);
        let is_unknown = !cache.keys.contains_key(kid);
        if is_past(cache.fetched, KEPT_FOR) || (is_unknown && is_past(cache.tried, LOOK_AGAIN_AFTER)) {
            cache.tried = Some(now);
            cache.keys = self.fetch().await?;
            cache.fetched = Some(now);
        }
        Ok(cache.keys.get(kid).cloned())
    }

    async fn fetch(&self) -> Result<HashMap<String, Key>, Box<dyn Error + Send + Sync>> {
        let metadata: Metadata = self.get(self.metadata.as_str()).await?;
        // RFC 8414 §3.3: otherwise another issuer's document could lead to another issuer's keys.
        if metadata.issuer != self.issuer {
            return Err(format!("the metadata is that of {} and not of {}", metadata.issuer, self.issuer).into());
        }
        let set: KeySet = self.get(&metadata.jwks_uri).await?;
        Ok(set.keys.into_iter().filter_map(usable).collect())
    }

    async fn get<T: DeserializeOwned>(&self, url: &str) -> Result<T, Box<dyn Error + Send + Sync>> {
        let answer = self.http.get(url).send().await?;
        if answer.status() != reqwest::StatusCode::OK {
            return Err(format!("{url} answers {}", answer.status()).into());
        }
        Ok(serde_json::from_slice(&answer.bytes().await?)?)
    }
}

/// A key that signatures of tokens may be verified with, and its name. A set may have others, which are none of our business.
fn usable(key: Value) -> Option<(String, Key)> {
    let key: Jwk = serde_json::from_value(key).ok()?;
    if !matches!(key.common.public_key_use, None | Some(PublicKeyUse::Signature)) {
        return None;
    }
    let algorithm = match (&key.algorithm, key.common.key_algorithm) {
        (AlgorithmParameters::RSA(_), Some(KeyAlgorithm::RS256)) => Algorithm::RS256,
        (AlgorithmParameters::EllipticCurve(of), Some(KeyAlgorithm::ES256)) if of.curve == EllipticCurve::P256 => {
            Algorithm::ES256
        }
        _ => return None,
    };
    let decoding = DecodingKey::from_jwk(&key).ok()?;
    Some((key.common.key_id?, Key { algorithm, decoding }))
}
