//! Keys of the tests, and tokens that they sign.

use std::sync::{Arc, LazyLock};

use aws_lc_rs::hmac::{self, HMAC_SHA256};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaEncoding, RsaKeyPair,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

type Sign = Box<dyn Fn(&[u8]) -> Vec<u8> + Send + Sync>;

/// A private key, what it is called, and the public one as a JWKS has it.
pub struct SigningKey {
    pub jwk: Value,
    kid: &'static str,
    alg: &'static str,
    sign: Sign,
}

/// Making an RSA key takes a while, and one will do.
static PAIR: LazyLock<Arc<RsaKeyPair>> = LazyLock::new(|| Arc::new(RsaKeyPair::generate(KeySize::Rsa2048).unwrap()));

/// The RSA key, as it should be used.
pub static RSA: LazyLock<SigningKey> = LazyLock::new(|| rsa("RS256", &RSA_PKCS1_SHA256));

/// The RSA key, signing in another way.
pub fn rsa(alg: &'static str, encoding: &'static dyn RsaEncoding) -> SigningKey {
    let pair = Arc::clone(&PAIR);
    let n = encode(pair.public_key().modulus().big_endian_without_leading_zero());
    let e = encode(pair.public_key().exponent().big_endian_without_leading_zero());
    let jwk = json!({"kty": "RSA", "use": "sig", "alg": alg, "kid": "rsa", "n": n, "e": e});
    let sign = move |message: &[u8]| {
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(encoding, &SystemRandom::new(), message, &mut signature).unwrap();
        signature
    };
    SigningKey { jwk, kid: "rsa", alg, sign: Box::new(sign) }
}

/// A new key on P-256.
pub fn ec(kid: &'static str) -> SigningKey {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    // An uncompressed point: 4, then x and y of 32 bytes each.
    let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
    let (x, y) = (encode(x), encode(y));
    let jwk = json!({"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": kid, "x": x, "y": y});
    let sign = move |message: &[u8]| pair.sign(&SystemRandom::new(), message).unwrap().as_ref().to_vec();
    SigningKey { jwk, kid, alg: "ES256", sign: Box::new(sign) }
}

/// A secret that passes itself off as the RSA key.
pub fn secret(secret: &[u8]) -> SigningKey {
    let key = hmac::Key::new(HMAC_SHA256, secret);
    let sign = move |message: &[u8]| hmac::sign(&key, message).as_ref().to_vec();
    SigningKey { jwk: Value::Null, kid: "rsa", alg: "HS256", sign: Box::new(sign) }
}

impl SigningKey {
    /// Signs claims as an access token.
    pub fn sign(&self, claims: &Value) -> String {
        self.sign_with(json!({}), claims)
    }

    /// Signs claims with a header that differs in something from that of an access token; null takes a member away.
    pub fn sign_with(&self, differences: Value, claims: &Value) -> String {
        let header = differ(json!({"typ": "at+jwt", "alg": self.alg, "kid": self.kid}), differences);
        let message = message(&header, claims);
        let signature = encode(&(self.sign)(message.as_bytes()));
        format!("{message}.{signature}")
    }
}

/// An object, save for some members; null takes one away.
pub fn differ(mut object: Value, differences: Value) -> Value {
    let members = object.as_object_mut().unwrap();
    members.extend(differences.as_object().unwrap().clone());
    members.retain(|_, value| !value.is_null());
    object
}

/// What a signature signs.
pub fn message(header: &Value, claims: &Value) -> String {
    format!("{}.{}", encode(header.to_string().as_bytes()), encode(claims.to_string().as_bytes()))
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
