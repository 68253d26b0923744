//! Client assertions: JWTs with which clients authenticate (RFC 7523 §3).

use std::time::Duration;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use crate::domain::client::id::ClientId;
use crate::domain::client::keys::ClientKey;
use crate::domain::crypto::base64url::decode;
use crate::domain::crypto::jwt::verify_with;
use crate::domain::crypto::secret::SecretHash;
use crate::domain::crypto::signing_algorithm::SigningAlgorithm;
use crate::domain::input::fields::Fields;
use crate::domain::types::timestamp::Timestamp;

/// The `client_assertion_type` of such a JWT.
pub const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The longest lifetime of an assertion: libraries sign for up to an hour.
const LONGEST_LIFE: Duration = Duration::from_secs(3_600);
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
    aud: Vec<String>,
    exp: Timestamp,
    iat: Option<Timestamp>,
    nbf: Option<Timestamp>,
    jti: String,
}

/// The `jti` of a verified assertion, which is accepted once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpentAssertion {
    /// The hash of the client id and the `jti`.
    pub hash: SecretHash,
    /// When the assertion expires.
    pub ends_at: Timestamp,
}

/// Why an assertion is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssertionMistake {
    /// No key of the client verifies it, so it may be of another sender, who learns nothing about the client.
    Signature,
    /// The client signed it, and this claim of it is wrong.
    Claim(&'static str),
}

/// Where an assertion may be for (RFC 7523 §3).
#[derive(Clone, Copy, Debug)]
pub struct AssertionAudience<'a> {
    /// Our issuer (RFC 7523bis §4).
    pub issuer: &'a str,
    /// The address of our token endpoint, where the operator accepts that, too.
    pub token_endpoint: Option<&'a str>,
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

impl<'a> ClientAssertion<'a> {
    /// Parses an assertion.
    ///
    /// # Errors
    ///
    /// The sentence that says what is malformed. It depends on what was sent only, and tells nothing about a client.
    pub fn read(text: &'a str) -> Result<Self, &'static str> {
        const NO_JWT: &str = "client_assertion must be a JWT of at most 8 KiB whose names are unique";
        let mut parts = text.split('.').filter(|_| text.len() <= LONGEST);
        let (header, payload) = parts.next().zip(parts.next()).ok_or(NO_JWT)?;
        let header = decode(header).and_then(|header| serde_json::from_slice::<Header>(&header).ok()).ok_or(NO_JWT)?;
        // RFC 8725 §3.10, §3.11: no key that the sender chooses, no critical extensions, no other type of JWT.
        let foreign = ["crit", "jku", "jwk", "x5u", "x5c", "b64"];
        if header.more.keys().any(|name| foreign.contains(&name.as_str())) {
            return Err("The header of client_assertion must not have crit, jku, jwk, x5u, x5c or b64");
        }
        let typ = header.typ.map(|typ| typ.to_ascii_lowercase());
        if !typ.is_none_or(|typ| matches!(typ.as_str(), "jwt" | "client-authentication+jwt")) {
            return Err("The typ of client_assertion must be JWT or client-authentication+jwt");
        }
        let alg = SigningAlgorithm::parse(&header.alg).ok_or("The alg of client_assertion must be ES256 or RS256")?;
        let payload = decode(payload).ok_or(NO_JWT)?;
        let claims = Fields::from_json(&payload).map_err(|_| NO_JWT)?;
        let text_of = |name| claims.text(name).ok().flatten();
        let time_of = |name| claims.value(name).map(|value| numeric_date(value).ok_or(())).transpose();
        let (iss, sub) = (text_of("iss"), text_of("sub"));
        let client_id = sub.filter(|_| iss == sub).and_then(ClientId::parse);
        let aud = claims.texts("aud").ok().filter(|_| claims.has("aud"));
        const NO_TIME: &str = "The times of client_assertion (iat, nbf) must be numbers of seconds";
        Ok(Self {
            text,
            alg,
            kid: header.kid,
            client_id: client_id.ok_or("The iss and sub of client_assertion must be the client_id")?,
            aud: aud.ok_or("The aud of client_assertion must be a string or a list of strings")?,
            exp: time_of("exp").ok().flatten().ok_or("The exp of client_assertion must be a number of seconds")?,
            iat: time_of("iat").map_err(|()| NO_TIME)?,
            nbf: time_of("nbf").map_err(|()| NO_TIME)?,
            jti: text_of("jti").map(str::to_owned).ok_or("The jti of client_assertion must be a string")?,
        })
    }

    /// Returns whether this key could have signed it.
    pub fn fits(&self, key: &ClientKey) -> bool {
        key.alg == self.alg && (self.kid.is_none() || self.kid == key.kid)
    }

    /// Verifies it with these keys of the client: signature, audience and time. The result must be spent before the
    /// request takes effect.
    ///
    /// # Errors
    ///
    /// [`AssertionMistake`]; a claim is compared only once a key of the client verified the signature.
    pub fn verify(
        &self,
        keys: impl Iterator<Item = ClientKey>,
        audience: AssertionAudience<'_>,
        now: Timestamp,
    ) -> Result<SpentAssertion, AssertionMistake> {
        let is_signed = |key: ClientKey| {
            key.public
                .decoding_key()
                .is_some_and(|public| verify_with::<IgnoredAny>(self.text, key.alg, &public).is_some())
        };
        if !keys.filter(|key| self.fits(key)).any(is_signed) {
            return Err(AssertionMistake::Signature);
        }
        let mistake = |sentence| Err(AssertionMistake::Claim(sentence));
        // RFC 7523bis §4: the issuer, and no other audience.
        let is_ours = |aud: &String| aud == audience.issuer || Some(aud.as_str()) == audience.token_endpoint;
        if !matches!(self.aud.as_slice(), [aud] if is_ours(aud)) {
            return mistake("The aud of client_assertion must be the issuer, and nothing else");
        }
        if self.exp <= now {
            return mistake("The exp of client_assertion has passed");
        }
        if self.exp > now.after(LONGEST_LIFE).after(SKEW) {
            return mistake("The exp of client_assertion must be within an hour");
        }
        if self.iat.is_some_and(|iat| iat > now.after(SKEW)) {
            return mistake("The iat of client_assertion is in the future");
        }
        if self.nbf.is_some_and(|nbf| nbf > now.after(SKEW)) {
            return mistake("The nbf of client_assertion is in the future");
        }
        if !(1..=256).contains(&self.jti.len()) {
            return mistake("The jti of client_assertion must have 1 to 256 bytes");
        }
        let name = [self.client_id.to_string().as_bytes(), b" ", self.jti.as_bytes()].concat();
        Ok(SpentAssertion { hash: SecretHash::of(&name), ends_at: self.exp })
    }
}

/// RFC 7519 §2, `NumericDate`: seconds, with or without a fraction, which is dropped.
fn numeric_date(value: &Value) -> Option<Timestamp> {
    /// The largest whole number that every JSON parser can read.
    const MOST: f64 = 9_007_199_254_740_991.0;
    if let Some(seconds) = value.as_i64() {
        return Some(Timestamp::from_seconds(seconds));
    }
    let seconds = value.as_f64().filter(|seconds| seconds.abs() <= MOST)?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "within the bounds it loses the fraction only, which is dropped"
    )]
    Some(Timestamp::from_seconds(seconds.floor() as i64))
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
            self.mistake(assertion).ok()
        }

        fn mistake(&self, assertion: &str) -> Result<SpentAssertion, AssertionMistake> {
            let audience = AssertionAudience { issuer: ISSUER, token_endpoint: None };
            let read = ClientAssertion::read(assertion).map_err(AssertionMistake::Claim)?;
            read.verify([self.key()].into_iter(), audience, NOW)
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
            with("exp", json!(1_003_661)),
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
        assert!(ClientAssertion::read(&twice).is_err(), "a duplicated claim is ambiguous");
    }

    #[test]
    fn a_refusal_names_the_claim_once_the_client_signed_it() {
        let signer = Signer::new();
        for (name, value) in [
            ("aud", json!("https://other.example")),
            ("exp", json!(1_000_000)),
            ("exp", json!(1_003_661)),
            ("iat", json!(1_000_061)),
            ("nbf", json!(1_000_061)),
            ("jti", json!("")),
        ] {
            let mut claims = signer.claims();
            claims[name] = value;
            let Err(AssertionMistake::Claim(sentence)) = signer.mistake(&signer.sign(json!({"alg": "ES256"}), &claims))
            else {
                panic!("{claims}")
            };
            assert!(sentence.contains(&format!("The {name} ")), "{sentence}");
        }
        let other = Signer { client_id: signer.client_id.clone(), ..Signer::new() };
        let mut claims = signer.claims();
        claims["aud"] = json!("https://other.example");
        let forged = other.sign(json!({"alg": "ES256"}), &claims);
        assert_eq!(signer.mistake(&forged), Err(AssertionMistake::Signature), "of another sender nothing is said");
    }

    #[test]
    fn times_may_have_a_fraction_and_the_end_is_an_hour_away_at_most() {
        let signer = Signer::new();
        for exp in [json!(1_000_000.5), json!(1_000_001.999), json!(1_003_660), json!(1_003_660.9)] {
            let mut claims = signer.claims();
            (claims["exp"], claims["iat"]) = (exp.clone(), json!(999_999.123_456));
            let is_past = exp == json!(1_000_000.5);
            assert_eq!(signer.verify(&signer.sign(json!({"alg": "ES256"}), &claims)).is_none(), is_past, "{exp}");
        }
        assert_eq!(numeric_date(&json!(-1.5)), Some(Timestamp::from_seconds(-2)));
        assert_eq!((numeric_date(&json!(1e300)), numeric_date(&json!("1"))), (None, None));
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
