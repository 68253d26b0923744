//! Signatures of JWTs.

use std::borrow::Cow;
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

/// Verifies the type and the signature of a JWT that this server issued, with a key that is valid now; the claims are not
/// verified.
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
    verify_by(token, typ, |kid| keys.find(kid, now).map(|(algorithm, key)| (algorithm, Cow::Borrowed(key))))
}

/// The same for a JWT that is a hint, however old it is: its key may have retired.
pub fn verify_hint_signature<T: DeserializeOwned + Clone>(token: &str, typ: &str, keys: &PublishedKeys) -> Option<T> {
    verify_by(token, typ, |kid| keys.find_for_hint(kid)).ok()
}

fn verify_by<'k, T: DeserializeOwned + Clone>(
    token: &str,
    typ: &str,
    find: impl FnOnce(&str) -> Option<(SigningAlgorithm, Cow<'k, DecodingKey>)>,
) -> Result<T, NotAccepted> {
    let header = header(token).ok_or(NotAccepted::Invalid)?;
    if header.typ != typ {
        return Err(NotAccepted::Invalid);
    }
    let (algorithm, key) = find(&header.kid).ok_or(NotAccepted::UnknownKey)?;
    // RFC 8725 §3.1: the key determines the algorithm, never the token.
    if header.alg != algorithm.as_str() {
        return Err(NotAccepted::Invalid);
    }
    verify_with(token, algorithm, &key).ok_or(NotAccepted::Invalid)
}

/// Reads the claims of a JWT without verifying anything: they say what its sender claims, no more.
pub fn unverified_claims<T: DeserializeOwned>(token: &str) -> Option<T> {
    let claims = token.split('.').nth(1).filter(|_| token.len() <= LONGEST)?;
    serde_json::from_slice(&base64url::decode(claims)?).ok()
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
