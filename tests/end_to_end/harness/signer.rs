//! Keys of clients that authenticate with `private_key_jwt`.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair,
    RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding,
    RsaKeyPair,
};
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
    alg: &'static str,
    pair: Arc<Pair>,
}

#[derive(Debug)]
enum Pair {
    Ec(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
    Rsa(RsaKeyPair),
}

impl Signer {
    /// A new key for ES256.
    pub fn es256(kid: &str) -> Self {
        Self::of("ES256", kid)
    }

    /// The key for RS256, always the same.
    pub fn rs256(kid: &str) -> Self {
        Self::of("RS256", kid)
    }

    /// A new key for this algorithm; for one with RSA, always the same.
    pub fn of(alg: &'static str, kid: &str) -> Self {
        let ec = |curve| Arc::new(Pair::Ec(EcdsaKeyPair::generate(curve).expect("a key pair")));
        let pair = match alg {
            "ES256" => ec(&ECDSA_P256_SHA256_FIXED_SIGNING),
            "ES384" => ec(&ECDSA_P384_SHA384_FIXED_SIGNING),
            "EdDSA" => Arc::new(Pair::Ed(Ed25519KeyPair::generate().expect("a key pair"))),
            _ => Arc::clone(&RSA),
        };
        Self { kid: kid.to_owned(), alg, pair }
    }

    pub const fn alg(&self) -> &'static str {
        self.alg
    }

    /// The public key.
    pub fn jwk(&self) -> Value {
        let mut jwk = match &*self.pair {
            Pair::Ec(pair) => {
                let (x, y) = pair.public_key().as_ref()[1..].split_at(pair.public_key().as_ref().len() / 2);
                let crv = if x.len() == 32 { "P-256" } else { "P-384" };
                json!({"kty": "EC", "crv": crv, "x": encode(x), "y": encode(y)})
            }
            Pair::Ed(pair) => json!({"kty": "OKP", "crv": "Ed25519", "x": encode(pair.public_key().as_ref())}),
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
            Pair::Ed(pair) => pair.sign(message.as_bytes()).as_ref().to_vec(),
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(rsa_encoding(self.alg), &random, message.as_bytes(), &mut signature).expect("a signature");
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

fn rsa_encoding(alg: &str) -> &'static dyn RsaEncoding {
    match alg {
        "RS256" => &RSA_PKCS1_SHA256,
        "RS384" => &RSA_PKCS1_SHA384,
        "RS512" => &RSA_PKCS1_SHA512,
        "PS256" => &RSA_PSS_SHA256,
        "PS384" => &RSA_PSS_SHA384,
        "PS512" => &RSA_PSS_SHA512,
        _ => panic!("{alg} is not of RSA"),
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
