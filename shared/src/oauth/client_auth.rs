//! How a client proves who it is (RFC 6749 §2.3).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::form;
use crate::oauth::error::OAuthError;
use crate::secret::Secret;

/// A registered way to authenticate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuthMethod {
    /// The secret in an `Authorization: Basic` header.
    ClientSecretBasic,
    /// The secret in the body.
    ClientSecretPost,
    /// A public client: nothing.
    None,
}

impl ClientAuthMethod {
    /// Reads the name that registrations use.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "client_secret_basic" => Some(Self::ClientSecretBasic),
            "client_secret_post" => Some(Self::ClientSecretPost),
            "none" => Some(Self::None),
            _ => None,
        }
    }
}

/// What a request says about who sent it; nothing of it is verified yet.
#[derive(Debug)]
pub struct ClientCredentials {
    /// The claimed client.
    pub client_id: String,
    /// The claimed secret.
    pub secret: Option<Secret>,
    /// Whether they came in the `Authorization` header, which decides how a refusal looks (RFC 6749 §5.2).
    pub by_header: bool,
}

impl ClientCredentials {
    /// Finds the credentials in the header or in the body, which a form or JSON body gives alike.
    ///
    /// Clients send their secret by whichever of the two ways they know, whatever was registered, so both work.
    ///
    /// # Errors
    ///
    /// `invalid_request` for two ways at once or two different ids (RFC 6749 §2.3), `invalid_client` for none and for
    /// a header that cannot be read.
    pub fn find(
        authorization: Option<&str>,
        body_id: Option<&str>,
        body_secret: Option<&str>,
    ) -> Result<Self, OAuthError> {
        let Some(header) = authorization else {
            let client_id =
                body_id.ok_or_else(|| OAuthError::invalid_request("Missing required parameter: client_id"))?;
            return Ok(Self {
                client_id: client_id.to_owned(),
                secret: body_secret.map(Secret::new),
                by_header: false,
            });
        };
        let unreadable = || OAuthError::invalid_client().with_basic_challenge();
        let (client_id, secret) = parse_basic(header).ok_or_else(unreadable)?;
        if body_secret.is_some() {
            return Err(OAuthError::invalid_request(
                "Credentials must be in the Authorization header or in the body, not in both",
            ));
        }
        if body_id.is_some_and(|id| id != client_id) {
            return Err(OAuthError::invalid_request("client_id differs from the Authorization header"));
        }
        Ok(Self { client_id, secret: Some(secret), by_header: true })
    }
}

/// Reads `Basic base64(id ":" secret)`, where id and secret are each form-encoded (RFC 6749 §2.3.1, appendix B).
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

    fn find(header: &str, id: Option<&str>, secret: Option<&str>) -> Result<(String, Option<String>), OAuthError> {
        ClientCredentials::find(Some(header), id, secret)
            .map(|found| (found.client_id, found.secret.map(|s| s.expose().to_owned())))
    }

    #[test]
    fn id_and_secret_are_form_decoded_after_the_split() {
        // The example of RFC 6749 §2.3.1.
        let header = "Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW";
        assert_eq!(find(header, None, None).unwrap(), ("s6BhdRkqt3".into(), Some("gX1fBat3bV".into())));
        assert_eq!(
            find(&basic("id%3A1:a%3Ab%2Bc%25+d:e"), None, None).unwrap(),
            ("id:1".into(), Some("a:b+c% d:e".into()))
        );
        assert!(find(&basic("id:s").replace("Basic", "bAsIc"), Some("id"), None).is_ok());
    }

    #[test]
    fn a_header_that_cannot_be_read_is_an_unauthenticated_client() {
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
            let error = find(bad, None, None).unwrap_err();
            assert!(error.code == crate::oauth::error::OAuthCode::InvalidClient && error.challenge.is_some(), "{bad}");
        }
    }

    #[test]
    fn two_ways_at_once_are_a_malformed_request() {
        for (id, secret) in [(Some("id"), Some("s")), (None, Some("s")), (Some("other"), None)] {
            let error = find(&basic("id:s"), id, secret).unwrap_err();
            assert_eq!(error.code, crate::oauth::error::OAuthCode::InvalidRequest);
        }
    }

    proptest! {
        #[test]
        fn every_id_and_secret_survives_the_header(id in "[^\0]{1,30}", secret in "[^\0]{1,60}") {
            let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
            let header = basic(&format!("{}:{}", encode(&id), encode(&secret)));
            prop_assert_eq!(find(&header, None, None).unwrap(), (id, Some(secret)));
        }

        #[test]
        fn no_header_breaks_the_parser(header in "\\PC{0,60}") {
            let _ = find(&header, None, None);
            let _ = find(&basic(&header), None, None);
        }
    }
}
