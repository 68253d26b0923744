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

/// ApprovalKind a text is not an access token that we accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAccepted {
    /// It names a key that is not published (any longer, or yet).
    UnknownKey,
    /// It is no token of ours, was changed, or is for somebody else.
    Invalid,
    /// It was good once.
    Expired,
}

/// The longest token worth parsing, in bytes.
const LONGEST: usize = 8 * 1024;

/// The only header that our tokens have. Anything more (`crit`, `jku`, `jwk`, `x5c`, `b64`) is not ours.
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

/// Verifies that a JWT is of this type and that we signed it, and nothing of what it says.
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
    // RFC 8725 §3.1: the key says the algorithm, never the token.
    if header.alg != algorithm.as_str() {
        return Err(NotAccepted::Invalid);
    }
    verify_with(token, algorithm, key).ok_or(NotAccepted::Invalid)
}

/// Verifies the signature of a JWT with this key, and nothing of what it says.
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
