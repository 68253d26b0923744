//! Our client secret at the provider: a fixed one, or a key that signs one for each exchange, as Apple requires.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;

use crate::domain::crypto::secret::Secret;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::upstream::members::Members;

/// The value of the secret until the operator sets it.
const NOT_SET: &str = "unset";
/// How long a signed secret is valid: for one exchange. Apple allows up to six months.
const LIFETIME: Duration = Duration::from_secs(300);

/// Our client secret.
pub enum ClientSecret {
    /// The same for every exchange.
    Fixed(Secret),
    /// Signed with a key.
    Signed(SecretSigner),
}

/// What signs client secrets.
pub struct SecretSigner {
    team_id: String,
    key_id: String,
    key: EncodingKey,
}

#[derive(Serialize)]
struct Claims<'c> {
    iss: &'c str,
    sub: &'c str,
    aud: &'c str,
    iat: i64,
    exp: i64,
}

impl ClientSecret {
    /// Reads the operator's secret: a text, or a JSON object with `team_id`, `key_id` and `private_key`, which is a PKCS #8 key on
    /// P-256 as PEM.
    ///
    /// # Errors
    ///
    /// The sentence to log, which has nothing of the secret.
    pub fn read(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if matches!(text, "" | NOT_SET) {
            return Err("it was not set yet".to_owned());
        }
        // Some text that begins like an object is a secret as any other.
        let members = Members::read(text.as_bytes()).ok().filter(|members| members.get("private_key").is_some());
        let Some(members) = members else { return Ok(Self::Fixed(Secret::new(text))) };
        let signer = SecretSigner {
            team_id: members.require_text("team_id")?.to_owned(),
            key_id: members.require_text("key_id")?.to_owned(),
            key: private_key(members.require_text("private_key")?).ok_or("private_key is not a PEM text of PKCS #8")?,
        };
        // A key that cannot sign is found when it is read, and not when a user is back.
        signer.sign("", "", Timestamp::from_seconds(0))?;
        Ok(Self::Signed(signer))
    }

    /// The secret for an exchange now, for this client at this issuer.
    ///
    /// # Errors
    ///
    /// The sentence to log when it cannot be signed.
    pub fn at(&self, client_id: &str, issuer: &str, now: Timestamp) -> Result<Secret, String> {
        match self {
            Self::Fixed(secret) => Ok(secret.clone()),
            Self::Signed(signer) => signer.sign(client_id, issuer, now),
        }
    }
}

impl SecretSigner {
    /// “Creating a client secret” in Apple's “Sign in with Apple REST API”.
    fn sign(&self, client_id: &str, issuer: &str, now: Timestamp) -> Result<Secret, String> {
        let header = Header { kid: Some(self.key_id.clone()), typ: None, ..Header::new(Algorithm::ES256) };
        let (iat, exp) = (now.as_seconds(), now.after(LIFETIME).as_seconds());
        let claims = Claims { iss: &self.team_id, sub: client_id, aud: issuer, iat, exp };
        let signed = jsonwebtoken::encode(&header, &claims, &self.key);
        signed.map(Secret::new).map_err(|_| "private_key is not a key on P-256".to_owned())
    }
}

/// The key of a PEM text (RFC 7468 §10), whose lines may have been joined.
fn private_key(pem: &str) -> Option<EncodingKey> {
    let body = pem.trim().strip_prefix("-----BEGIN PRIVATE KEY-----")?.strip_suffix("-----END PRIVATE KEY-----")?;
    let body: String = body.split_whitespace().collect();
    STANDARD.decode(body).ok().map(|der| EncodingKey::from_ec_der(&der))
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair};
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn pem(curve: &'static aws_lc_rs::signature::EcdsaSigningAlgorithm, line: &str) -> String {
        let key = EcdsaKeyPair::generate_pkcs8(curve, &SystemRandom::new()).unwrap();
        let body = STANDARD.encode(key.as_ref());
        let lines: Vec<&str> = body.as_bytes().chunks(64).map(|chunk| std::str::from_utf8(chunk).unwrap()).collect();
        format!("-----BEGIN PRIVATE KEY-----{line}{}{line}-----END PRIVATE KEY-----{line}", lines.join(line))
    }

    fn read(name: &str, value: Value) -> Result<ClientSecret, String> {
        let key = pem(&ECDSA_P256_SHA256_FIXED_SIGNING, "\n");
        let mut secret = json!({"team_id": "TEAM", "key_id": "KEY", "private_key": key});
        secret[name] = value;
        ClientSecret::read(&secret.to_string())
    }

    #[test]
    fn a_text_is_the_secret_itself() {
        for text in ["s3cret", "{not json", "{}", "{\"key\": 1}", "[1]", "  padded \n"] {
            let secret = ClientSecret::read(text).ok().unwrap().at("id", "iss", Timestamp::from_seconds(0)).unwrap();
            assert_eq!(secret.expose(), text.trim());
        }
        for text in ["", " \n", "unset"] {
            assert_eq!(ClientSecret::read(text).err().unwrap(), "it was not set yet");
        }
    }

    #[test]
    fn a_mistake_names_the_member_and_not_its_value() {
        for (name, value, sentence) in [
            ("team_id", Value::Null, "team_id is missing"),
            ("key_id", json!(7), "key_id is not text"),
            ("private_key", json!("AAAA"), "private_key is not a PEM text of PKCS #8"),
            ("private_key", json!(7), "private_key is not text"),
            (
                "private_key",
                json!("-----BEGIN PRIVATE KEY-----AAAA-----END PRIVATE KEY-----"),
                "private_key is not a key on P-256",
            ),
            ("private_key", json!(pem(&ECDSA_P384_SHA384_FIXED_SIGNING, "\n")), "private_key is not a key on P-256"),
        ] {
            assert_eq!(read(name, value).err().unwrap(), sentence);
        }
    }

    #[test]
    fn the_lines_of_a_key_may_have_been_joined() {
        for line in ["\n", "\r\n", "", " "] {
            assert!(read("private_key", json!(pem(&ECDSA_P256_SHA256_FIXED_SIGNING, line))).is_ok(), "{line:?}");
        }
    }

    proptest! {
        #[test]
        fn no_secret_breaks_the_reader(text in "\\PC{0,60}", key in "\\PC{0,40}") {
            let _ = ClientSecret::read(&text);
            let _ = read("private_key", json!(format!("-----BEGIN PRIVATE KEY-----{key}-----END PRIVATE KEY-----")));
        }
    }
}
