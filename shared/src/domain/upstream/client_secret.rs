//! Our client secret at the provider: a fixed one, or a key that signs one for each exchange, as Apple requires.

use std::time::Duration;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::domain::crypto::base64url;
use crate::domain::crypto::secret::Secret;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::upstream::members::Members;
use crate::domain::upstream::provider::Provider;

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
    /// The private key, parsed once.
    pair: EcdsaKeyPair,
}

impl ClientSecret {
    /// Reads the operator's secret for a provider. If it is a JSON object whose members are issuers, that of the provider is its
    /// secret; otherwise, the whole is that of the first provider.
    ///
    /// # Errors
    ///
    /// The sentence to log, which has nothing of the secret.
    pub fn of(provider: &Provider, text: &str) -> Result<Self, String> {
        let text = text.trim();
        if matches!(text, "" | NOT_SET) {
            return Err("it was not set yet".to_owned());
        }
        let all = Members::read(text.as_bytes()).unwrap_or_default();
        match all.get(provider.issuer.as_str()) {
            Some(Value::String(secret)) if !secret.trim().is_empty() => Self::read(secret.trim()),
            Some(signer @ Value::Object(_)) => Self::read(&signer.to_string()),
            Some(_) => Err(format!("the member {} is neither text nor an object", provider.issuer)),
            None if provider.is_first && all.beginning("http").next().is_none() => Self::read(text),
            None => Err(format!("it has no member {}", provider.issuer)),
        }
    }

    /// Reads the secret of one provider: a text, or a JSON object with `team_id`, `key_id` and `private_key`, which is a PKCS #8
    /// key on P-256 as PEM.
    fn read(text: &str) -> Result<Self, String> {
        // Some text that begins like an object is a secret as any other.
        let members = Members::read(text.as_bytes()).ok().filter(|members| members.get("private_key").is_some());
        let Some(members) = members else { return Ok(Self::Fixed(Secret::new(text))) };
        let private_key =
            der(members.require_text("private_key")?).ok_or("private_key is not a PEM text of PKCS #8")?;
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &private_key);
        Ok(Self::Signed(SecretSigner {
            team_id: members.require_text("team_id")?.to_owned(),
            key_id: members.require_text("key_id")?.to_owned(),
            pair: pair.map_err(|_| "private_key is not a key on P-256")?,
        }))
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
        let header = json!({"alg": "ES256", "kid": self.key_id});
        let (iat, exp) = (now.as_seconds(), now.after(LIFETIME).as_seconds());
        let claims = json!({"iss": self.team_id, "sub": client_id, "aud": issuer, "iat": iat, "exp": exp});
        let part = |part: &Value| base64url::encode(part.to_string().as_bytes());
        let message = format!("{}.{}", part(&header), part(&claims));
        let signature = self.pair.sign(&SystemRandom::new(), message.as_bytes());
        let signature = signature.map_err(|_| "the private_key does not sign".to_owned())?;
        Ok(Secret::new(format!("{message}.{}", base64url::encode(signature.as_ref()))))
    }
}

/// The key of a PEM text (RFC 7468 §10), whose lines may have been joined.
fn der(pem: &str) -> Option<Vec<u8>> {
    let body = pem.trim().strip_prefix("-----BEGIN PRIVATE KEY-----")?.strip_suffix("-----END PRIVATE KEY-----")?;
    let body: String = body.split_whitespace().collect();
    STANDARD.decode(body).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::upstream::provider::{Issuer, Mode, ResponseMode};
    use aws_lc_rs::signature::ECDSA_P384_SHA384_FIXED_SIGNING;
    use proptest::prelude::*;

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
        for text in ["s3cret", "{not json", "{}", "{\"key\": 1}", "[1]"] {
            let secret = ClientSecret::read(text).ok().unwrap().at("id", "iss", Timestamp::from_seconds(0)).unwrap();
            assert_eq!(secret.expose(), text);
        }
    }

    fn provider(issuer: &str, is_first: bool) -> Provider {
        Provider {
            issuer: Issuer::parse(issuer).unwrap(),
            client_id: "us".to_owned(),
            secret: "secret".to_owned(),
            is_first,
            logo: None,
            name: "Acme".to_owned(),
            mode: Mode::Offer,
            response_mode: ResponseMode::Query,
            scopes: Vec::new(),
        }
    }

    #[test]
    fn a_secret_names_its_provider_or_is_that_of_the_first() {
        let of = |issuer: &str, is_first, text: &str| {
            let secret = ClientSecret::of(&provider(issuer, is_first), text)?;
            secret.at("us", issuer, Timestamp::from_seconds(0)).map(|secret| secret.expose().to_owned())
        };
        let (a, b) = ("https://a.example", "https://b.example");
        let both = json!({a: "one", b: " two "}).to_string();
        assert_eq!((of(a, true, &both), of(b, false, &both)), (Ok("one".to_owned()), Ok("two".to_owned())));
        assert_eq!(of(a, true, " plain \n"), Ok("plain".to_owned()));
        assert_eq!(of(a, true, "{\"x\": 1}"), Ok("{\"x\": 1}".to_owned()));
        assert_eq!(of(b, false, "plain").unwrap_err(), "it has no member https://b.example");
        assert_eq!(of(a, true, &json!({b: "two"}).to_string()).unwrap_err(), "it has no member https://a.example");
        assert_eq!(
            of(a, true, &json!({a: 7}).to_string()).unwrap_err(),
            "the member https://a.example is neither text nor an object"
        );
        for text in ["", " \n", "unset"] {
            assert_eq!(of(a, true, text).unwrap_err(), "it was not set yet");
        }
        let key = pem(&ECDSA_P256_SHA256_FIXED_SIGNING, "\n");
        let signer = json!({a: "one", b: {"team_id": "T", "key_id": "K", "private_key": key}}).to_string();
        assert_eq!(of(b, false, &signer).unwrap().split('.').count(), 3);
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

    #[test]
    fn a_key_may_be_of_the_form_that_apple_and_openssl_write() {
        // With the curve inside of the key, too; it was made for this test.
        let body = "MIGTAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBHkwdwIBAQQghVLzO+F4+00f/Rhm+ohSwxTTVL6lsqmgxfwpZVPll9GgCgYIKoZIzj0DAQehRANCAAQBzjaCvqOgPpiFj3P7Yn6Zs7S88C1qZh62fJmqSx3sEFwxvVrsZ+skqOAVSjda9Ps2xlIOFPhDxVW9I1rOKA1D";
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n");
        assert!(read("private_key", json!(pem)).is_ok());
    }

    proptest! {
        #[test]
        fn no_secret_breaks_the_reader(text in "\\PC{0,60}", key in "\\PC{0,40}") {
            let _ = ClientSecret::of(&provider("https://a.example", true), &text);
            let _ = read("private_key", json!(format!("-----BEGIN PRIVATE KEY-----{key}-----END PRIVATE KEY-----")));
        }
    }
}
