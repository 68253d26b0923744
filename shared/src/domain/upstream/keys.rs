//! The provider's public keys (RFC 7517 §5).

use jsonwebtoken::{Algorithm, DecodingKey};

use crate::domain::crypto::base64url;
use crate::domain::upstream::members::Members;
use crate::domain::upstream::provider::is_issued_by;

/// The provider's keys that can verify a signature.
pub struct ProviderKeys(Vec<ProviderKey>);

/// A key of the provider.
pub struct ProviderKey {
    kid: Option<String>,
    /// Whose tokens it signs, where several issuers share a key set (Microsoft Entra ID): an issuer or a template.
    issuer: Option<String>,
    /// What it may verify, by its type and curve (RFC 8725 §3.1): with a shared secret, or without a signature, parties
    /// other than the provider could issue ID tokens too (OpenID Connect Core §3.1.3.7, 7).
    algorithms: Vec<Algorithm>,
    key: DecodingKey,
}

/// The algorithms of RSA keys.
const RSA: [Algorithm; 6] =
    [Algorithm::RS256, Algorithm::RS384, Algorithm::RS512, Algorithm::PS256, Algorithm::PS384, Algorithm::PS512];

/// Parses the name of an algorithm with public keys in a JOSE header.
pub fn public_algorithm(name: &str) -> Option<Algorithm> {
    match name {
        // RFC 9864 §2.2: the same algorithm by its newer name.
        "EdDSA" | "Ed25519" => Some(Algorithm::EdDSA),
        "ES256" => Some(Algorithm::ES256),
        "ES384" => Some(Algorithm::ES384),
        name => RSA.into_iter().find(|algorithm| format!("{algorithm:?}") == name),
    }
}

impl ProviderKeys {
    /// The most keys that are read: large providers have some ten.
    const MOST: usize = 100;

    /// Reads a JWK Set; keys that cannot verify a signature here are left out.
    ///
    /// # Errors
    ///
    /// The sentence to log.
    pub fn read(body: &[u8]) -> Result<Self, String> {
        let set = Members::read(body)?;
        let keys = set.get("keys").and_then(|value| value.as_array()).ok_or("keys is not a list")?;
        let keys = keys.iter().take(Self::MOST).filter_map(|jwk| ProviderKey::read(&jwk.as_object()?.clone().into()));
        Ok(Self(keys.collect()))
    }

    /// The keys that could have signed a token with this header and this issuer, in their order.
    pub fn fitting(&self, kid: Option<&str>, algorithm: Algorithm, iss: &str) -> impl Iterator<Item = &DecodingKey> {
        let fits = move |key: &&ProviderKey| {
            key.algorithms.contains(&algorithm)
                && (kid.is_none() || key.kid.as_deref() == kid)
                && key.issuer.as_ref().is_none_or(|issuer| is_issued_by(issuer, iss))
        };
        self.0.iter().filter(fits).map(|key| &key.key)
    }
}

impl ProviderKey {
    fn read(jwk: &Members) -> Option<Self> {
        let text = |name| jwk.text(name).ok().flatten();
        // RFC 7517 §4.2: a key for encryption verifies no signature.
        if text("use").is_some_and(|used| used != "sig") {
            return None;
        }
        let bytes = |name| base64url::decode(text(name)?.trim_end_matches('='));
        let (algorithms, key) = match (text("kty")?, text("crv")) {
            ("RSA", _) => {
                (RSA.to_vec(), DecodingKey::from_rsa_raw_components(&plain(bytes("n")?), &plain(bytes("e")?)))
            }
            ("EC", Some("P-256")) => (vec![Algorithm::ES256], point(bytes("x")?, bytes("y")?, 32)?),
            ("EC", Some("P-384")) => (vec![Algorithm::ES384], point(bytes("x")?, bytes("y")?, 48)?),
            ("OKP", Some("Ed25519")) => (vec![Algorithm::EdDSA], DecodingKey::from_ed_der(&bytes("x")?)),
            _ => return None,
        };
        // RFC 7517 §4.4: a key for one algorithm is for no other.
        let algorithms = match text("alg") {
            Some(name) => vec![public_algorithm(name).filter(|named| algorithms.contains(named))?],
            None => algorithms,
        };
        let owned = |name| text(name).map(str::to_owned);
        Some(Self { kid: owned("kid"), issuer: owned("issuer"), algorithms, key })
    }
}

/// An integer without leading zeros (RFC 7518 §2), which some providers send.
fn plain(bytes: Vec<u8>) -> Vec<u8> {
    bytes.into_iter().skip_while(|byte| *byte == 0).collect()
}

/// A point of a curve with coordinates of this length (SEC 1 §2.3.3); some providers leave out leading zeros.
fn point(x: Vec<u8>, y: Vec<u8>, length: usize) -> Option<DecodingKey> {
    let mut point = vec![4];
    for coordinate in [plain(x), plain(y)] {
        point.extend(std::iter::repeat_n(0, length.checked_sub(coordinate.len())?));
        point.extend(coordinate);
    }
    Some(DecodingKey::from_ec_der(&point))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn keys(keys: &Value) -> ProviderKeys {
        ProviderKeys::read(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
    }

    fn algorithms(jwk: Value) -> Vec<Algorithm> {
        keys(&json!([jwk])).0.pop().map(|key| key.algorithms).unwrap_or_default()
    }

    #[test]
    fn the_type_of_a_key_determines_its_algorithms() {
        let ec = |crv: &str| json!({"kty": "EC", "crv": crv, "x": "AQ", "y": "AQ"});
        assert_eq!(algorithms(json!({"kty": "RSA", "n": "AQ", "e": "AQAB"})), RSA);
        assert_eq!(algorithms(json!({"kty": "RSA", "n": "AQ==", "e": "AQAB", "alg": "PS256"})), [Algorithm::PS256]);
        assert_eq!(algorithms(ec("P-256")), [Algorithm::ES256]);
        assert_eq!(algorithms(ec("P-384")), [Algorithm::ES384]);
        assert_eq!(algorithms(json!({"kty": "OKP", "crv": "Ed25519", "x": "AQ"})), [Algorithm::EdDSA]);
        for unusable in [
            json!({"kty": "oct", "k": "AAAA"}),
            json!({"kty": "oct", "k": "AAAA", "alg": "HS256"}),
            json!({"kty": "RSA", "n": "AQ", "e": "AQAB", "alg": "HS256"}),
            json!({"kty": "RSA", "n": "AQ", "e": "AQAB", "alg": "none"}),
            json!({"kty": "RSA", "n": "AQ", "e": "AQAB", "alg": "ES256"}),
            json!({"kty": "RSA", "n": "AQ", "e": "AQAB", "use": "enc"}),
            json!({"kty": "RSA", "n": "!", "e": "AQAB"}),
            json!({"kty": "EC", "crv": "P-256", "x": "x".repeat(50), "y": "AQ"}),
            json!({"kty": "OKP", "crv": "X25519", "x": "AQ"}),
            json!({"kty": "AKP", "alg": "ML-DSA-44", "pub": "AQ"}),
            json!(7),
            ec("P-521"),
        ] {
            assert_eq!(algorithms(unusable.clone()), [], "{unusable}");
        }
    }

    #[test]
    fn a_token_that_names_a_key_fits_that_key_alone() {
        let ec = |kid: &str| json!({"kty": "EC", "crv": "P-256", "x": "AQ", "y": "AQ", "kid": kid});
        let keys = keys(&json!([ec("1"), ec("2"), {"kty": "RSA", "n": "AQ", "e": "AQAB", "kid": "1"}]));
        let fitting = |kid, algorithm| keys.fitting(kid, algorithm, "https://a.example").count();
        assert_eq!((fitting(Some("1"), Algorithm::ES256), fitting(Some("1"), Algorithm::RS256)), (1, 1));
        assert_eq!((fitting(Some("3"), Algorithm::ES256), fitting(Some("1"), Algorithm::ES384)), (0, 0));
        assert_eq!(fitting(None, Algorithm::ES256), 2, "a token without a key id");
    }

    #[test]
    fn a_key_of_another_tenant_fits_no_token() {
        let ec =
            |issuer: &str| json!({"kty": "EC", "crv": "P-256", "x": "AQ", "y": "AQ", "kid": "1", "issuer": issuer});
        let keys = keys(&json!([ec("https://a.example/{tenantid}/v2.0"), ec("https://a.example/personal/v2.0")]));
        let fitting = |iss| keys.fitting(Some("1"), Algorithm::ES256, iss).count();
        assert_eq!(fitting("https://a.example/personal/v2.0"), 2);
        assert_eq!((fitting("https://a.example/other/v2.0"), fitting("https://b.example"), fitting("")), (1, 0, 0));
    }

    #[test]
    fn no_name_of_an_algorithm_with_a_shared_key_is_known() {
        for name in ["none", "None", "HS256", "HS384", "HS512", "rs256", "", "ES512"] {
            assert_eq!(public_algorithm(name), None, "{name}");
        }
        assert_eq!(public_algorithm("PS384"), Some(Algorithm::PS384));
    }

    proptest! {
        #[test]
        fn no_body_breaks_the_reader(body: Vec<u8>, text in "\\{\"keys\":\\[\\PC{0,60}\\]\\}") {
            let _ = (ProviderKeys::read(&body), ProviderKeys::read(text.as_bytes()));
        }
    }
}
