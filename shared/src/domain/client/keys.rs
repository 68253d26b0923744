//! The public keys of clients that sign assertions (RFC 7517, RFC 7591 §2).

use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use crate::domain::crypto::published_keys::PublicKey;
use crate::domain::crypto::signing_algorithm::SigningAlgorithm;

/// Where a client's keys are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientKeys {
    /// In its registration.
    Jwks(KeySet),
    /// At this URL, so that the client can change them itself.
    JwksUri(String),
}

/// A JWK Set with public keys, as it was registered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeySet(Value);

/// A key that can verify a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientKey {
    /// Its id.
    pub kid: Option<String>,
    /// Its only algorithm.
    pub alg: SigningAlgorithm,
    /// The key.
    pub public: PublicKey,
}

impl ClientKeys {
    /// Accepts the URL of a key set.
    ///
    /// # Errors
    ///
    /// The sentence to show when it is not `https`.
    pub fn parse_uri(text: &str) -> Result<Self, String> {
        let is_fit = |url: &Url| url.scheme() == "https" && url.has_host() && url.username().is_empty();
        let url = Url::parse(text).ok().filter(|url| is_fit(url) && text.len() <= 512);
        url.map(|_| Self::JwksUri(text.to_owned()))
            .ok_or_else(|| "must be an https URL of at most 512 bytes".to_owned())
    }
}

impl KeySet {
    /// The most keys that a client may have.
    const MOST: usize = 10;

    /// Accepts a JWK Set: public keys only, and at least one that is supported. Keys of other types are ignored.
    ///
    /// # Errors
    ///
    /// The sentence to show.
    pub fn parse(value: &Value) -> Result<Self, String> {
        let keys =
            value.get("keys").and_then(Value::as_array).ok_or("must be a JWK Set: an object with a list named keys")?;
        if keys.len() > Self::MOST {
            return Err(format!("must have at most {} keys", Self::MOST));
        }
        if keys.iter().any(is_secret) {
            return Err("must have public keys only: one of these is private or symmetric".to_owned());
        }
        let set = Self(value.clone());
        if set.keys().next().is_none() {
            return Err("must have a key for ES256 (P-256) or RS256 (RSA of 2048 to 4096 bits)".to_owned());
        }
        Ok(set)
    }

    /// Returns whether a value is a set of public keys that verify nothing here: of other types or algorithms.
    pub fn is_of_no_use(value: &Value) -> bool {
        let keys = value.get("keys").and_then(Value::as_array).filter(|keys| keys.len() <= Self::MOST);
        keys.is_some_and(|keys| !keys.iter().any(is_secret) && keys.iter().all(|jwk| key(jwk).is_none()))
    }

    /// Parses a JWK Set that was fetched.
    ///
    /// # Errors
    ///
    /// The sentence to log.
    pub fn read(body: &[u8]) -> Result<Self, String> {
        let value: Value = serde_json::from_slice(body).map_err(|_| "must be JSON".to_owned())?;
        Self::parse(&value)
    }

    /// The keys that can verify a client's signature, in their order.
    pub fn keys(&self) -> impl Iterator<Item = ClientKey> {
        let keys = self.0.get("keys").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        keys.iter().filter_map(key)
    }
}

/// RFC 7518 §6: the members of private and of symmetric keys.
fn is_secret(jwk: &Value) -> bool {
    ["d", "p", "q", "dp", "dq", "qi", "oth", "k"].iter().any(|member| jwk.get(member).is_some())
}

fn key(jwk: &Value) -> Option<ClientKey> {
    let text = |name: &str| jwk.get(name).and_then(Value::as_str);
    // RFC 7517 §4.2: a key for encryption verifies no signature.
    if text("use").is_some_and(|used| used != "sig") {
        return None;
    }
    let public: PublicKey = serde_json::from_value(jwk.clone()).ok()?;
    let alg = public.signing_algorithm()?;
    if text("alg").is_some_and(|named| named != alg.as_str()) {
        return None;
    }
    Some(ClientKey { kid: text("kid").map(str::to_owned), alg, public })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn point() -> Value {
        json!({"kty": "EC", "crv": "P-256", "kid": "1", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})
    }

    fn with(mut key: Value, name: &str, value: Value) -> Value {
        key[name] = value;
        json!({"keys": [key]})
    }

    #[test]
    fn keys_of_other_types_are_ignored_if_one_is_supported() {
        let okp = json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
        let set = KeySet::parse(&json!({"keys": [okp, point()]})).unwrap();
        let keys: Vec<_> = set.keys().collect();
        assert_eq!((keys.len(), keys[0].kid.as_deref(), keys[0].alg), (1, Some("1"), SigningAlgorithm::ES256));
        assert!(KeySet::parse(&json!({"keys": [okp]})).is_err());
    }

    #[test]
    fn private_symmetric_weak_and_unsupported_keys_are_refused() {
        let small = json!({"kty": "RSA", "e": "AQAB", "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc"});
        for bad in [
            json!({}),
            json!([]),
            json!({"keys": {}}),
            json!({"keys": []}),
            json!({"keys": [1, null, "x"]}),
            with(point(), "d", json!("AAAA")),
            with(point(), "use", json!("enc")),
            with(point(), "alg", json!("ES384")),
            with(point(), "alg", json!("none")),
            with(point(), "crv", json!("P-521")),
            with(point(), "x", json!("AAAA")),
            json!({"keys": [{"kty": "oct", "k": "AAAA"}]}),
            json!({"keys": [point(), {"kty": "oct", "k": "AAAA"}]}),
            json!({"keys": [small]}),
            json!({"keys": vec![point(); 11]}),
        ] {
            assert!(KeySet::parse(&bad).is_err(), "{bad}");
        }
        for bad in ["http://app.example/jwks", "https://u@app.example/jwks", "file:///jwks", "jwks"] {
            assert!(ClientKeys::parse_uri(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_body_breaks_the_reader(body: Vec<u8>, text in "\\{\"keys\":\\[\\PC{0,60}\\]\\}") {
            let _ = (KeySet::read(&body), KeySet::read(text.as_bytes()));
        }
    }
}
