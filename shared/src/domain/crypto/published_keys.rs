//! Published keys: the public keys in the table `Keys` and in the JWKS.

use std::borrow::Cow;
use std::time::Duration;

use aws_lc_rs::digest;
use jsonwebtoken::DecodingKey;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::domain::crypto::base64url;
use crate::domain::crypto::signing_algorithm::SigningAlgorithm;
use crate::domain::types::timestamp::Timestamp;

/// A public key's members (RFC 7518 §6), base64url.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kty")]
pub enum PublicKey {
    /// An RSA key.
    #[serde(rename = "RSA")]
    Rsa {
        /// The modulus.
        n: String,
        /// The exponent.
        e: String,
    },
    /// A key on an elliptic curve.
    #[serde(rename = "EC")]
    Ec {
        /// The curve.
        crv: String,
        /// The point's x.
        x: String,
        /// The point's y.
        y: String,
    },
}

impl PublicKey {
    /// The key's id: the SHA-256 of its required members in alphabetical order (RFC 7638 §3).
    pub fn thumbprint(&self) -> String {
        let members = match self {
            Self::Rsa { n, e } => format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#),
            Self::Ec { crv, x, y } => format!(r#"{{"crv":"{crv}","kty":"EC","x":"{x}","y":"{y}"}}"#),
        };
        base64url::encode(digest::digest(&digest::SHA256, members.as_bytes()).as_ref())
    }

    /// The algorithm for which such a key is used; `None` for keys that are too weak or of another form.
    pub fn signing_algorithm(&self) -> Option<SigningAlgorithm> {
        let bytes = |member: &str| base64url::decode(member).map(|bytes| bytes.len());
        match self {
            // 2048 to 4096 bits.
            Self::Rsa { n, e } => {
                let is_fit = bytes(n).is_some_and(|n| (256..=512).contains(&n)) && bytes(e).is_some_and(|e| e <= 4);
                is_fit.then_some(SigningAlgorithm::RS256)
            }
            Self::Ec { crv, x, y } => {
                let is_fit = crv == "P-256" && bytes(x) == Some(32) && bytes(y) == Some(32);
                is_fit.then_some(SigningAlgorithm::ES256)
            }
        }
    }

    /// The key, ready to verify signatures.
    pub fn decoding_key(&self) -> Option<DecodingKey> {
        match self {
            Self::Rsa { n, e } => DecodingKey::from_rsa_components(n, e).ok(),
            Self::Ec { x, y, .. } => DecodingKey::from_ec_components(x, y).ok(),
        }
    }
}

/// A public key and its validity period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedKey {
    /// The key's id.
    pub kid: String,
    /// Its only algorithm.
    pub alg: SigningAlgorithm,
    /// The key.
    pub public: PublicKey,
    /// When it starts to sign.
    pub signs_from: Timestamp,
    /// When its last token has expired; absent while it is the newest key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retires_at: Option<Timestamp>,
}

impl PublishedKey {
    fn is_current(&self, now: Timestamp) -> bool {
        self.retires_at.is_none_or(|retires_at| now < retires_at)
    }

    /// Returns whether the key has retired, and the last session in which an app got an ID token of it may still live.
    pub fn verifies_hints(&self, longest_session: Duration, now: Timestamp) -> bool {
        self.retires_at.is_some_and(|retires_at| retires_at <= now && now < retires_at.after(longest_session))
    }

    fn to_jwk(&self) -> Value {
        match &self.public {
            PublicKey::Rsa { n, e } => {
                json!({"kty": "RSA", "use": "sig", "alg": self.alg, "kid": self.kid, "n": n, "e": e})
            }
            PublicKey::Ec { crv, x, y } => {
                json!({"kty": "EC", "use": "sig", "alg": self.alg, "kid": self.kid, "crv": crv, "x": x, "y": y})
            }
        }
    }
}

/// The contents of the table `Keys`: the issuer, the keys that verify this server's signatures, and former ones, which
/// only verify hints.
pub struct PublishedKeys {
    issuer: Option<String>,
    keys: Vec<(PublishedKey, Option<DecodingKey>)>,
    retired: Vec<PublishedKey>,
}

impl PublishedKeys {
    /// Prepares published keys for verification.
    pub fn new(issuer: Option<String>, keys: Vec<PublishedKey>, retired: Vec<PublishedKey>) -> Self {
        let prepare = |key: PublishedKey| {
            let decoding = key.public.decoding_key();
            (key, decoding)
        };
        // Those that are retired are prepared when they are needed, which is hardly ever.
        Self { issuer, keys: keys.into_iter().map(prepare).collect(), retired }
    }

    /// The issuer that `keys-rotate` published.
    pub fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    /// Finds a key by its id while it is valid.
    pub fn find(&self, kid: &str, now: Timestamp) -> Option<(SigningAlgorithm, &DecodingKey)> {
        let (key, decoding) = self.keys.iter().find(|(key, _)| key.kid == kid && key.is_current(now))?;
        Some((key.alg, decoding.as_ref()?))
    }

    /// Finds a key for a hint by its id, valid or retired: what it signed was signed by us, however long ago.
    pub fn find_for_hint(&self, kid: &str) -> Option<(SigningAlgorithm, Cow<'_, DecodingKey>)> {
        if let Some((key, decoding)) = self.keys.iter().find(|(key, _)| key.kid == kid) {
            return Some((key.alg, Cow::Borrowed(decoding.as_ref()?)));
        }
        let key = self.retired.iter().find(|key| key.kid == kid)?;
        Some((key.alg, Cow::Owned(key.public.decoding_key()?)))
    }

    /// The JWKS (RFC 7517 §5): every key that a client may need now or soon.
    pub fn to_jwks(&self, now: Timestamp) -> Value {
        let keys: Vec<Value> =
            self.keys.iter().filter(|(key, _)| key.is_current(now)).map(|(key, _)| key.to_jwk()).collect();
        json!({ "keys": keys })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thumbprint_is_that_of_rfc_7638() {
        let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
        let key = PublicKey::Rsa { n: n.to_owned(), e: "AQAB".to_owned() };
        assert_eq!(key.thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }
}
