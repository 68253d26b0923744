//! Keys of clients that authenticate with `private_key_jwt`.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use shared::domain::types::timestamp::Timestamp;

/// The `client_assertion_type` of RFC 7523.
pub const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The only RSA key, since generating one takes long.
static RSA: LazyLock<Arc<Pair>> =
    LazyLock::new(|| Arc::new(Pair::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).expect("a key pair"))));

static ASSERTIONS: AtomicU64 = AtomicU64::new(0);

/// A key pair and its key id.
#[derive(Clone, Debug)]
pub struct Signer {
    pub kid: String,
    pair: Arc<Pair>,
}

#[derive(Debug)]
enum Pair {
    Ec(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

impl Signer {
    /// A new key for ES256.
    pub fn es256(kid: &str) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key pair");
        Self { kid: kid.to_owned(), pair: Arc::new(Pair::Ec(pair)) }
    }

    /// The key for RS256, always the same.
    pub fn rs256(kid: &str) -> Self {
        Self { kid: kid.to_owned(), pair: Arc::clone(&RSA) }
    }

    pub fn alg(&self) -> &'static str {
        match &*self.pair {
            Pair::Ec(_) => "ES256",
            Pair::Rsa(_) => "RS256",
        }
    }

    /// The public key.
    pub fn jwk(&self) -> Value {
        let mut jwk = match &*self.pair {
            Pair::Ec(pair) => {
                let point = pair.public_key().as_ref();
                json!({"kty": "EC", "crv": "P-256", "x": encode(&point[1..33]), "y": encode(&point[33..])})
            }
            Pair::Rsa(pair) => {
                let key = pair.public_key();
                let (n, e) = (key.modulus(), key.exponent());
                json!({
                    "kty": "RSA", "n": encode(n.big_endian_without_leading_zero()),
                    "e": encode(e.big_endian_without_leading_zero()),
                })
            }
        };
        jwk["kid"] = json!(self.kid);
        jwk["use"] = json!("sig");
        jwk["alg"] = json!(self.alg());
        jwk
    }

    /// The key set with this key only.
    pub fn jwks(&self) -> Value {
        json!({"keys": [self.jwk()]})
    }

    /// The header of its JWTs.
    pub fn header(&self) -> Value {
        json!({"alg": self.alg(), "kid": self.kid})
    }

    /// A JWT with this header and these claims.
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let message = unsigned(header, claims);
        let random = SystemRandom::new();
        let signature = match &*self.pair {
            Pair::Ec(pair) => pair.sign(&random, message.as_bytes()).expect("a signature").as_ref().to_vec(),
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message.as_bytes(), &mut signature).expect("a signature");
                signature
            }
        };
        format!("{message}.{}", encode(&signature))
    }

    /// An assertion for one request.
    pub fn assertion(&self, client_id: &str, issuer: &str, now: Timestamp) -> String {
        self.sign(&self.header(), &assertion_claims(client_id, issuer, now))
    }
}

/// The claims of an assertion.
pub fn assertion_claims(client_id: &str, issuer: &str, now: Timestamp) -> Value {
    let (now, jti) = (now.as_seconds(), ASSERTIONS.fetch_add(1, Ordering::SeqCst));
    json!({"iss": client_id, "sub": client_id, "aud": issuer, "iat": now, "exp": now + 60, "jti": jti.to_string()})
}

/// The first two parts of a JWT.
pub fn unsigned(header: &Value, claims: &Value) -> String {
    format!("{}.{}", encode(header.to_string().as_bytes()), encode(claims.to_string().as_bytes()))
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
