//! Client authentication (RFC 6749 §2.3).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::domain::client::assertion::{ClientAssertion, JWT_BEARER};
use crate::domain::crypto::secret::Secret;
use crate::domain::input::fields::Fields;
use crate::domain::input::form;
use crate::domain::oauth::error::{OAuthCode, OAuthError};

/// A client authentication method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuthMethod {
    /// The secret in an `Authorization: Basic` header.
    ClientSecretBasic,
    /// The secret in the body.
    ClientSecretPost,
    /// A JWT that the client signs (RFC 7523 §2.2, OpenID Connect Core §9).
    PrivateKeyJwt,
    /// No authentication: a public client.
    None,
}

impl ClientAuthMethod {
    /// All methods.
    pub const ALL: [Self; 4] = [Self::ClientSecretBasic, Self::ClientSecretPost, Self::PrivateKeyJwt, Self::None];

    /// The name used in registrations.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
            Self::PrivateKeyJwt => "private_key_jwt",
            Self::None => "none",
        }
    }

    /// Parses the name used in registrations.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == name)
    }

    /// Parses the name; the error lists the valid ones.
    ///
    /// # Errors
    ///
    /// The sentence to show.
    pub fn require(name: &str) -> Result<Self, String> {
        let sentence = "must be client_secret_basic, client_secret_post, private_key_jwt or none";
        Self::parse(name).ok_or_else(|| sentence.to_owned())
    }

    /// Returns whether the method uses a shared client secret.
    pub const fn needs_secret(self) -> bool {
        matches!(self, Self::ClientSecretBasic | Self::ClientSecretPost)
    }
}

/// The credential that a request presents.
#[derive(Debug)]
pub enum Proof {
    /// None.
    None,
    /// A secret.
    Secret(Secret),
    /// A JWT.
    Assertion(Secret),
}

/// The client credentials of a request; nothing is verified yet.
#[derive(Debug)]
pub struct ClientCredentials {
    /// The claimed client.
    pub client_id: String,
    /// The presented credential.
    pub proof: Proof,
    /// Whether they were in the `Authorization` header, which decides the form of the error response (RFC 6749 §5.2).
    pub by_header: bool,
}

impl ClientCredentials {
    /// Finds the credentials in the header or in the body, which may be a form or JSON.
    ///
    /// Clients send their secret in either of the two ways, whatever they registered, so both are accepted.
    ///
    /// # Errors
    ///
    /// `invalid_request` for two methods at once, two different ids (RFC 6749 §2.3) or an assertion of another type,
    /// `invalid_client` for a missing client and for a header or an assertion that cannot be parsed.
    pub fn find(authorization: Option<&str>, body: &Fields) -> Result<Self, OAuthError> {
        let id = body.parameter("client_id")?;
        let by_secret = body.parameter("client_secret")?.filter(|secret| !secret.is_empty());
        let by_assertion = assertion(body)?;
        match (authorization, by_secret, by_assertion) {
            (Some(header), None, None) => Self::of_header(header, id),
            (None, Some(secret), None) => Self::of_body(id, Proof::Secret(Secret::new(secret))),
            (None, None, Some(assertion)) => {
                // RFC 7521 §4.2: the assertion identifies the client; a client_id parameter must match it.
                let refused = |sentence| OAuthError::new(OAuthCode::InvalidClient, sentence);
                let claimed = ClientAssertion::read(assertion).map_err(refused)?;
                let claimed = claimed.client_id.to_string();
                if id.is_some_and(|id| id != claimed) {
                    return Err(refused("client_id differs from the sub of client_assertion"));
                }
                Self::of_body(Some(&claimed), Proof::Assertion(Secret::new(assertion)))
            }
            (None, None, None) => Self::of_body(id, Proof::None),
            _ => Err(OAuthError::invalid_request("A client must authenticate in one way only")),
        }
    }

    fn of_header(header: &str, body_id: Option<&str>) -> Result<Self, OAuthError> {
        // What is malformed is no credential, so this tells nothing of the client.
        let description = "The Authorization header is not valid HTTP Basic: it is Basic and the base64 of client_id:client_secret, each form-encoded";
        let unreadable = || OAuthError::new(OAuthCode::InvalidClient, description).with_basic_challenge();
        let (client_id, secret) = parse_basic(header).ok_or_else(unreadable)?;
        if body_id.is_some_and(|id| id != client_id) {
            return Err(OAuthError::invalid_request("client_id differs from the Authorization header"));
        }
        // A public client without a secret sends `id:`; in the body, an empty secret counts as none, too.
        let proof = if secret.expose().is_empty() { Proof::None } else { Proof::Secret(secret) };
        Ok(Self { client_id, proof, by_header: true })
    }

    fn of_body(id: Option<&str>, proof: Proof) -> Result<Self, OAuthError> {
        let client_id = id.ok_or_else(|| OAuthError::missing("client_id"))?.to_owned();
        Ok(Self { client_id, proof, by_header: false })
    }
}

/// The client assertion in the body, if any (RFC 7521 §4.2).
fn assertion(body: &Fields) -> Result<Option<&str>, OAuthError> {
    match (body.parameter("client_assertion")?, body.parameter("client_assertion_type")?) {
        (Some(assertion), Some(JWT_BEARER)) => Ok(Some(assertion)),
        (None, None) => Ok(None),
        (Some(_), _) => Err(OAuthError::invalid_request(format!("client_assertion_type must be {JWT_BEARER}"))),
        (None, Some(_)) => Err(OAuthError::missing("client_assertion")),
    }
}

/// Parses `Basic base64(id ":" secret)`, where id and secret are each form-encoded (RFC 6749 §2.3.1, appendix B).
fn parse_basic(header: &str) -> Option<(String, Secret)> {
    const LONGEST: usize = 4_096;
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") || encoded.len() > LONGEST {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':').filter(|_| !decoded.contains(|c: char| c.is_ascii_control()))?;
    let part = |part: &str| form::decode(part.as_bytes()).filter(|text| !text.contains('\0'));
    Some((part(id)?, Secret::new(part(secret)?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn basic(credentials: &str) -> String {
        format!("Basic {}", STANDARD.encode(credentials))
    }

    fn find(header: &str, body: &[(&str, &str)]) -> Result<(String, String), OAuthError> {
        let body: serde_json::Map<_, _> =
            body.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
        let body = Fields::from_json(serde_json::to_string(&body).unwrap().as_bytes()).unwrap();
        let found = ClientCredentials::find(Some(header), &body)?;
        match found.proof {
            Proof::Secret(secret) => Ok((found.client_id, secret.expose().to_owned())),
            Proof::None => Ok((found.client_id, String::new())),
            other @ Proof::Assertion(_) => panic!("{other:?} is no secret"),
        }
    }

    #[test]
    fn id_and_secret_are_form_decoded_after_the_split() {
        // The example of RFC 6749 §2.3.1.
        let header = "Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW";
        assert_eq!(find(header, &[]).unwrap(), ("s6BhdRkqt3".into(), "gX1fBat3bV".into()));
        assert_eq!(find(&basic("id%3A1:a%3Ab%2Bc%25+d:e"), &[]).unwrap(), ("id:1".into(), "a:b+c% d:e".into()));
        assert_eq!(find(&basic("id:"), &[]).unwrap(), ("id".into(), String::new()));
        assert!(find(&basic("id:s").replace("Basic", "bAsIc"), &[("client_id", "id")]).is_ok());
    }

    #[test]
    fn a_malformed_header_is_an_unauthenticated_client() {
        let long = basic(&format!("id:{}", "x".repeat(9_000)));
        for bad in [
            "",
            "Basic",
            "Basic !!!",
            "Bearer abc",
            &basic("no colon"),
            &basic("id:%zz"),
            &basic("id:%0"),
            &basic("i\0d:x"),
            &basic("id:%00"),
            &basic("id:%ff"),
            &long,
        ] {
            let error = find(bad, &[]).unwrap_err();
            assert!(error.code == OAuthCode::InvalidClient && error.challenge.is_some(), "{bad}");
            assert!(error.description.contains("not valid HTTP Basic"), "{bad}");
        }
    }

    #[test]
    fn two_methods_at_once_are_a_malformed_request() {
        for body in [
            &[("client_id", "id"), ("client_secret", "s")][..],
            &[("client_secret", "s")],
            &[("client_id", "other")],
            &[("client_assertion", "a.b.c"), ("client_assertion_type", JWT_BEARER)],
        ] {
            let error = find(&basic("id:s"), body).unwrap_err();
            assert_eq!(error.code, OAuthCode::InvalidRequest);
        }
    }

    proptest! {
        #[test]
        fn every_id_and_secret_survives_the_header(id in "[^\0]{1,30}", secret in "[^\0]{1,60}") {
            let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
            let header = basic(&format!("{}:{}", encode(&id), encode(&secret)));
            prop_assert_eq!(find(&header, &[]).unwrap(), (id, secret));
        }

        #[test]
        fn no_header_breaks_the_parser(header in "\\PC{0,60}") {
            let _ = (find(&header, &[]), find(&basic(&header), &[]));
        }
    }
}
