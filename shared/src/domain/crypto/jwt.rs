//! Signatures of JWTs.

use std::collections::HashSet;
use std::sync::LazyLock;

use jsonwebtoken::{DecodingKey, Validation};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::domain::crypto::base64url;
use crate::domain::crypto::published_keys::PublishedKeys;
use crate::domain::crypto::signing_algorithm::SigningAlgorithm;
use crate::domain::types::timestamp::Timestamp;

/// The reason why a JWT is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAccepted {
    /// It names a key that is not published, or not any longer, or not yet.
    UnknownKey,
    /// It was not issued by this server, was modified, or has another audience.
    Invalid,
    /// It has expired.
    Expired,
}

/// The longest token that is parsed, in bytes.
const LONGEST: usize = 8 * 1024;

/// The only header that our tokens have. A token with other members (`crit`, `jku`, `jwk`, `x5c`, `b64`) is not ours.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenHeader {
    alg: String,
    typ: String,
    kid: String,
}

/// `jsonwebtoken` checks the signature only: it would read the system clock for the rest.
static SIGNATURE_ONLY: LazyLock<[Validation; 2]> = LazyLock::new(|| {
    [jsonwebtoken::Algorithm::RS256, jsonwebtoken::Algorithm::ES256].map(|algorithm| {
        let mut validation = Validation::new(algorithm);
        validation.required_spec_claims = HashSet::new();
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation
    })
});

/// Verifies the type and the signature of a JWT that this server issued; the claims are not verified.
///
/// # Errors
///
/// [`NotAccepted::UnknownKey`] and [`NotAccepted::Invalid`] only.
pub fn verify_signature<T: DeserializeOwned + Clone>(
    token: &str,
    typ: &str,
    keys: &PublishedKeys,
    now: Timestamp,
) -> Result<T, NotAccepted> {
    let header = header(token).ok_or(NotAccepted::Invalid)?;
    if header.typ != typ {
        return Err(NotAccepted::Invalid);
    }
    let (algorithm, key) = keys.find(&header.kid, now).ok_or(NotAccepted::UnknownKey)?;
    // RFC 8725 §3.1: the key determines the algorithm, never the token.
    if header.alg != algorithm.as_str() {
        return Err(NotAccepted::Invalid);
    }
    verify_with(token, algorithm, key).ok_or(NotAccepted::Invalid)
}

/// Verifies the signature of a JWT with this key; the claims are not verified.
pub fn verify_with<T: DeserializeOwned + Clone>(
    token: &str,
    algorithm: SigningAlgorithm,
    key: &DecodingKey,
) -> Option<T> {
    let validation = SIGNATURE_ONLY.iter().find(|validation| validation.algorithms.contains(&algorithm.into()))?;
    Some(jsonwebtoken::decode::<T>(token, key, validation).ok()?.claims)
}

fn header(token: &str) -> Option<TokenHeader> {
    let (header, _) = token.split_once('.').filter(|_| token.len() <= LONGEST)?;
    serde_json::from_slice(&base64url::decode(header)?).ok()
}
