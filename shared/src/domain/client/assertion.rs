//! Client assertions: JWTs with which clients authenticate (RFC 7523 §3).

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::domain::client::id::ClientId;
use crate::domain::client::keys::ClientKey;
use crate::domain::crypto::base64url::decode;
use crate::domain::crypto::jwt::verify_with;
use crate::domain::crypto::secret::SecretHash;
use crate::domain::crypto::signing_algorithm::SigningAlgorithm;
use crate::domain::types::timestamp::Timestamp;

/// The `client_assertion_type` of such a JWT.
pub const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The longest lifetime of an assertion: it is signed for one request.
const LONGEST_LIFE: Duration = Duration::from_secs(300);
/// The tolerance for clock skew.
const SKEW: Duration = Duration::from_secs(60);
/// The longest assertion that is parsed, in bytes.
const LONGEST: usize = 8 * 1024;

/// A parsed assertion; nothing is verified yet.
#[derive(Clone, Debug)]
pub struct ClientAssertion<'a> {
    text: &'a str,
    alg: SigningAlgorithm,
    /// The id of the key that signed it.
    pub kid: Option<String>,
    /// The claimed client.
    pub client_id: ClientId,
}

/// The `jti` of a verified assertion, which is accepted once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpentAssertion {
    /// The hash of the client id and the `jti`.
    pub hash: SecretHash,
    /// When the assertion expires.
    pub ends_at: Timestamp,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    typ: Option<String>,
    #[serde(default)]
    kid: Option<String>,
    #[serde(flatten)]
    more: Map<String, Value>,
}

#[derive(Clone, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: Timestamp,
    jti: String,
    #[serde(default)]
    iat: Option<Timestamp>,
    #[serde(default)]
    nbf: Option<Timestamp>,
}

#[derive(Clone, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    List(Vec<String>),
}

impl<'a> ClientAssertion<'a> {
    /// Parses an assertion; `None` if it is malformed or of another type.
    pub fn read(text: &'a str) -> Option<Self> {
        let mut parts = text.split('.').filter(|_| text.len() <= LONGEST);
        let (header, payload) = (parts.next()?, parts.next()?);
        let header: Header = serde_json::from_slice(&decode(header)?).ok()?;
        // RFC 8725 §3.10, §3.11: no key that the sender chooses, no critical extensions, no other type of JWT.
        let is_plain =
            !header.more.keys().any(|name| matches!(name.as_str(), "crit" | "jku" | "jwk" | "x5u" | "x5c" | "b64"));
        let typ = header.typ.map(|typ| typ.to_ascii_lowercase());
        let is_assertion = typ.is_none_or(|typ| matches!(typ.as_str(), "jwt" | "client-authentication+jwt"));
        let claims: Claims = serde_json::from_slice(&decode(payload)?).ok()?;
        let is_self_issued = claims.iss == claims.sub;
        (is_plain && is_assertion && is_self_issued).then_some(())?;
        Some(Self {
            text,
            alg: SigningAlgorithm::parse(&header.alg)?,
            kid: header.kid,
            client_id: ClientId::parse(&claims.sub)?,
        })
    }

    /// Returns whether this key could have signed it.
    pub fn fits(&self, key: &ClientKey) -> bool {
        key.alg == self.alg && (self.kid.is_none() || self.kid == key.kid)
    }

    /// Verifies it with these keys of the client: signature, audience and time. The result must be spent before the
    /// request takes effect.
    pub fn verify(
        &self,
        keys: impl Iterator<Item = ClientKey>,
        issuer: &str,
        now: Timestamp,
    ) -> Option<SpentAssertion> {
        let fitting = keys.filter(|key| self.fits(key));
        let claims =
            fitting.filter_map(|key| verify_with::<Claims>(self.text, key.alg, &key.public.decoding_key()?)).next()?;
        // RFC 7523bis §4: the issuer, and no other audience.
        let is_for_us = match &claims.aud {
            Audience::One(aud) => aud == issuer,
            Audience::List(all) => matches!(all.as_slice(), [aud] if aud == issuer),
        };
        let is_timely = now < claims.exp
            && claims.exp <= now.after(LONGEST_LIFE).after(SKEW)
            && [claims.iat, claims.nbf].into_iter().flatten().all(|time| time <= now.after(SKEW));
        let has_jti = (1..=256).contains(&claims.jti.len());
        let name = [self.client_id.to_string().as_bytes(), b" ", claims.jti.as_bytes()].concat();
        (is_for_us && is_timely && has_jti).then(|| SpentAssertion { hash: SecretHash::of(&name), ends_at: claims.exp })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::client::id::AppId;
    use crate::domain::crypto::base64url::encode;
    use crate::domain::crypto::published_keys::PublicKey;
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
    use proptest::prelude::*;
    use serde_json::json;

    const ISSUER: &str = "https://auth.example";
    const NOW: Timestamp = Timestamp::from_seconds(1_000_000);

    struct Signer {
        pair: EcdsaKeyPair,
        client_id: ClientId,
    }

    impl Signer {
        fn new() -> Self {
            let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
            Self { pair, client_id: ClientId::Registered(AppId::generate(NOW)) }
        }

        fn key(&self) -> ClientKey {
            let point = self.pair.public_key().as_ref();
            let public = PublicKey::Ec { crv: "P-256".to_owned(), x: encode(&point[1..33]), y: encode(&point[33..]) };
            ClientKey { kid: Some("k".to_owned()), alg: SigningAlgorithm::ES256, public }
        }

        fn claims(&self) -> Value {
            json!({"iss": self.client_id, "sub": self.client_id, "aud": ISSUER, "exp": 1_000_060, "iat": 1_000_000, "jti": "1"})
        }

        fn sign(&self, header: Value, claims: &Value) -> String {
            let message =
                format!("{}.{}", encode(header.to_string().as_bytes()), encode(claims.to_string().as_bytes()));
            let signature = self.pair.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
            format!("{message}.{}", encode(signature.as_ref()))
        }

        fn verify(&self, assertion: &str) -> Option<SpentAssertion> {
            ClientAssertion::read(assertion)?.verify([self.key()].into_iter(), ISSUER, NOW)
        }
    }

    #[test]
    fn an_assertion_for_this_server_signed_with_the_clients_key_is_accepted() {
        let signer = Signer::new();
        let claims = signer.claims();
        for header in [
            json!({"alg": "ES256"}),
            json!({"alg": "ES256", "kid": "k", "typ": "JWT"}),
            json!({"alg": "ES256", "typ": "client-authentication+jwt"}),
        ] {
            let spent = signer.verify(&signer.sign(header.clone(), &claims));
            assert_eq!(spent.map(|spent| spent.ends_at.as_seconds()), Some(1_000_060), "{header}");
        }
        let mut list = claims;
        list["aud"] = json!([ISSUER]);
        assert!(signer.verify(&signer.sign(json!({"alg": "ES256"}), &list)).is_some());
    }

    #[test]
    fn two_clients_may_use_the_same_jti_and_one_may_not_twice() {
        let (one, two) = (Signer::new(), Signer::new());
        let hash =
            |signer: &Signer| signer.verify(&signer.sign(json!({"alg": "ES256"}), &signer.claims())).unwrap().hash;
        assert!(hash(&one) == hash(&one) && hash(&one) != hash(&two));
    }

    #[test]
    fn any_other_assertion_is_refused() {
        let signer = Signer::new();
        let with = |name: &str, value: Value| {
            let mut claims = signer.claims();
            claims[name] = value;
            claims
        };
        for claims in [
            with("aud", json!("https://auth.example/")),
            with("aud", json!("https://auth.example/oauth2/token")),
            with("aud", json!([ISSUER, "https://other.example"])),
            with("aud", json!([])),
            with("aud", Value::Null),
            with("iss", json!("dw_ci_00000000000000000000000000000000")),
            with("sub", json!("dw_ci_00000000000000000000000000000000")),
            with("exp", json!(1_000_000)),
            with("exp", json!(1_000_361)),
            with("exp", json!(32_000_000)),
            with("exp", json!("1000060")),
            with("exp", json!(1e99)),
            with("exp", Value::Null),
            with("nbf", json!(1_000_061)),
            with("iat", json!(1_000_061)),
            with("jti", json!("")),
            with("jti", json!("x".repeat(257))),
            with("jti", Value::Null),
            with("jti", json!(1)),
        ] {
            assert_eq!(signer.verify(&signer.sign(json!({"alg": "ES256"}), &claims)), None, "{claims}");
        }
        for header in [
            json!({"alg": "none"}),
            json!({"alg": "RS256"}),
            json!({"alg": "HS256"}),
            json!({"alg": "ES256", "kid": "other"}),
            json!({"alg": "ES256", "typ": "at+jwt"}),
            json!({"alg": "ES256", "crit": ["exp"]}),
            json!({"alg": "ES256", "jku": "https://evil.example/jwks"}),
            json!({"alg": "ES256", "jwk": {"kty": "EC"}}),
            json!({"alg": "ES256", "x5u": "https://evil.example"}),
            json!({"alg": "ES256", "x5c": []}),
            json!({"kid": "k"}),
            json!([]),
        ] {
            assert_eq!(signer.verify(&signer.sign(header.clone(), &signer.claims())), None, "{header}");
        }
        let other_key = Signer { client_id: signer.client_id.clone(), ..Signer::new() };
        assert_eq!(signer.verify(&other_key.sign(json!({"alg": "ES256"}), &signer.claims())), None);
        let twice = signer.claims().to_string().replacen('{', "{\"exp\":1000060,", 1);
        let twice = format!("{}.{}.", encode(b"{\"alg\":\"ES256\"}"), encode(twice.as_bytes()));
        assert!(ClientAssertion::read(&twice).is_none(), "a duplicated claim is ambiguous");
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_reader(text in "\\PC{0,80}", header in "\\PC{0,60}", payload in "\\PC{0,60}") {
            let _ = ClientAssertion::read(&text);
            let _ = ClientAssertion::read(&format!("{}.{}.AAAA", encode(header.as_bytes()), encode(payload.as_bytes())));
        }

        #[test]
        fn a_modified_assertion_is_refused(position in 0..200usize, byte in proptest::char::range('A', 'Z')) {
            let signer = Signer::new();
            let assertion = signer.sign(json!({"alg": "ES256"}), &signer.claims());
            let mut changed = assertion.clone();
            let position = position % (assertion.len() - 1);
            changed.replace_range(position..=position, &byte.to_string());
            prop_assume!(changed != assertion);
            prop_assert_eq!(signer.verify(&changed), None);
        }
    }
}
