//! The claims of an ID token (OpenID Connect Core §2), and what they must be.

use std::time::Duration;

use aws_lc_rs::digest;
use jsonwebtoken::Algorithm;
use serde_json::Value;

use crate::domain::crypto::base64url;
use crate::domain::crypto::secret::Secret;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::upstream::claims::UpstreamClaims;
use crate::domain::upstream::identity::UpstreamIdentity;
use crate::domain::upstream::members::Members;
use crate::domain::upstream::provider::Issuer;

/// How far the provider's clock may be from ours.
const LEEWAY: Duration = Duration::from_secs(60);

/// What an ID token must say.
pub struct Expected<'e> {
    /// The provider's issuer.
    pub issuer: &'e Issuer,
    /// Our client id.
    pub client_id: &'e str,
    /// The nonce of the attempt.
    pub nonce: &'e Secret,
    /// The access token that came with it, if one did.
    pub access_token: Option<&'e Secret>,
    /// The time.
    pub now: Timestamp,
}

/// What a verified ID token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdToken {
    /// The user's identity at the provider.
    pub identity: UpstreamIdentity,
    /// When the provider authenticated them, if it is known.
    pub auth_time: Option<Timestamp>,
    /// The claims about them.
    pub claims: UpstreamClaims,
}

impl IdToken {
    /// Verifies the claims of an ID token whose signature, by this algorithm, is verified.
    ///
    /// # Errors
    ///
    /// The sentence to log; it names the claim, and never its value.
    pub fn verify(claims: &Members, algorithm: Algorithm, expected: &Expected<'_>) -> Result<Self, String> {
        // OpenID Connect Core §3.1.3.7, 2.
        let issuer = check_issuer(claims, expected.issuer)?;
        check_audience(claims, expected.client_id)?;
        check_times(claims, expected.now)?;
        // 11: the token belongs to this attempt.
        if claims.require_text("nonce")? != expected.nonce.expose() {
            return Err("nonce is another one".to_owned());
        }
        if let (Some(at_hash), Some(token)) = (claims.text("at_hash")?, expected.access_token)
            && at_hash.trim_end_matches('=') != half_hash(token, algorithm)
        {
            // §3.1.3.8.
            return Err("at_hash is of another access token".to_owned());
        }
        Ok(Self {
            identity: UpstreamIdentity::new(issuer, claims.require_text("sub")?)?,
            // Without a time that can be read, the user counts as not authenticated recently.
            auth_time: claims.seconds("auth_time").ok().flatten().map(Timestamp::from_seconds),
            claims: UpstreamClaims::read(claims, expected.issuer),
        })
    }
}

/// §3.1.3.7, 2: the provider, or for a template the tenant that the token names. The result is the user's issuer.
fn check_issuer<'c>(claims: &'c Members, issuer: &Issuer) -> Result<&'c str, String> {
    let iss = claims.require_text("iss")?;
    if !issuer.issues(iss) {
        return Err("iss is another issuer".to_owned());
    }
    if issuer.has_tenants() && issuer.of_tenant(claims.require_text("tid")?) != iss {
        return Err("tid is not the tenant of iss".to_owned());
    }
    Ok(iss)
}

/// §3.1.3.7, 3 to 5: for this client, and for no other.
fn check_audience(claims: &Members, client_id: &str) -> Result<(), String> {
    let is_ours = match claims.get("aud") {
        None => return Err("aud is missing".to_owned()),
        Some(Value::String(aud)) => aud == client_id,
        Some(Value::Array(all)) => !all.is_empty() && all.iter().all(|aud| aud == client_id),
        Some(_) => return Err("aud is neither text nor a list".to_owned()),
    };
    if !is_ours {
        return Err("aud is not this client alone".to_owned());
    }
    match claims.text("azp")? {
        Some(azp) if azp != client_id => Err("azp is another client".to_owned()),
        _ => Ok(()),
    }
}

/// §3.1.3.7, 9 and 10, and RFC 7519 §4.1.5.
fn check_times(claims: &Members, now: Timestamp) -> Result<(), String> {
    if Timestamp::from_seconds(claims.require_seconds("exp")?).after(LEEWAY) <= now {
        return Err("exp is over".to_owned());
    }
    let latest = now.after(LEEWAY).as_seconds();
    if claims.require_seconds("iat")? > latest {
        return Err("iat is in the future".to_owned());
    }
    if claims.seconds("nbf")?.is_some_and(|nbf| nbf > latest) {
        return Err("nbf is in the future".to_owned());
    }
    Ok(())
}

/// The left half of the token's hash, by the hash function of the algorithm.
fn half_hash(token: &Secret, algorithm: Algorithm) -> String {
    let function = match algorithm {
        Algorithm::RS384 | Algorithm::PS384 | Algorithm::ES384 => &digest::SHA384,
        // Ed25519 has SHA-512 inside.
        Algorithm::RS512 | Algorithm::PS512 | Algorithm::EdDSA => &digest::SHA512,
        _ => &digest::SHA256,
    };
    let hash = digest::digest(function, token.expose().as_bytes());
    let half = hash.as_ref().len() / 2;
    base64url::encode(hash.as_ref().get(..half).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NOW: i64 = 1_000_000;

    fn verify(name: &str, value: Value, algorithm: Algorithm) -> Result<IdToken, String> {
        let mut claims = json!({
            "iss": "https://a.example", "sub": "ada", "aud": "us", "iat": NOW, "exp": NOW + 300, "nonce": "n",
        });
        claims[name] = value;
        let claims = Members::read(claims.to_string().as_bytes()).unwrap();
        let expected = Expected {
            issuer: &Issuer::parse("https://a.example").unwrap(),
            client_id: "us",
            nonce: &Secret::new("n"),
            access_token: Some(&Secret::new("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y")),
            now: Timestamp::from_seconds(NOW),
        };
        IdToken::verify(&claims, algorithm, &expected)
    }

    #[test]
    fn a_refusal_names_the_claim() {
        for (name, value, sentence) in [
            ("iss", json!("https://a.example/"), "iss is another issuer"),
            ("iss", json!(1), "iss is not text"),
            ("aud", json!(["us", "them"]), "aud is not this client alone"),
            ("aud", json!([]), "aud is not this client alone"),
            ("aud", json!({}), "aud is neither text nor a list"),
            ("azp", json!("them"), "azp is another client"),
            ("exp", json!(NOW - 60), "exp is over"),
            ("exp", json!("1000300"), "exp is not a number of seconds"),
            ("iat", json!(NOW + 61), "iat is in the future"),
            ("iat", Value::Null, "iat is missing"),
            ("nbf", json!(NOW + 61), "nbf is in the future"),
            ("nonce", json!(""), "nonce is missing"),
            ("nonce", json!("m"), "nonce is another one"),
            ("at_hash", json!("x"), "at_hash is of another access token"),
            ("sub", json!(7), "sub is not text"),
        ] {
            assert_eq!(verify(name, value, Algorithm::RS256).unwrap_err(), sentence);
        }
    }

    #[test]
    fn a_minute_between_the_clocks_and_claims_of_other_types_are_accepted() {
        for (name, value) in [
            ("exp", json!(NOW - 59)),
            ("exp", json!(1_000_000.5)),
            ("iat", json!(NOW + 60)),
            ("nbf", json!(NOW + 60)),
            ("aud", json!(["us", "us"])),
            ("azp", json!("us")),
            ("amr", json!("pwd")),
            ("locale", json!({"language": "en"})),
            ("updated_at", json!("")),
            ("auth_time", json!("yesterday")),
            ("acr", json!(0)),
            ("address", json!("1 Main Street")),
        ] {
            let read = verify(name, value, Algorithm::RS256).unwrap();
            assert_eq!((read.identity.subject.as_str(), read.auth_time), ("ada", None), "{name}");
        }
        assert_eq!(
            verify("auth_time", json!(5.5), Algorithm::RS256).unwrap().auth_time,
            Some(Timestamp::from_seconds(5))
        );
    }

    #[test]
    fn the_hash_of_the_access_token_is_by_the_algorithm() {
        // The example of OpenID Connect Core, appendix A.3.
        assert!(verify("at_hash", json!("77QmUPtjPfzWtF2AnpK9RQ"), Algorithm::RS256).is_ok());
        for other in [Algorithm::RS384, Algorithm::EdDSA] {
            assert!(verify("at_hash", json!("77QmUPtjPfzWtF2AnpK9RQ"), other).is_err());
        }
    }
}
