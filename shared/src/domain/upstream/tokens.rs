//! The response of the provider's token endpoint (RFC 6749 §5, OpenID Connect Core §3.1.3.3), as far as it is used here.

use crate::domain::crypto::secret::Secret;
use crate::domain::upstream::members::Members;

/// The tokens that the provider exchanged a code for.
pub struct Tokens {
    /// The ID token.
    pub id_token: Secret,
    /// The access token for userinfo: a bearer token (RFC 6750) that can be put into a header.
    pub access_token: Option<Secret>,
}

/// The reason why there are no tokens, for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoTokens {
    /// The provider refuses the code or our client.
    Refused(String),
    /// The response cannot be used.
    Unusable(String),
}

impl Tokens {
    /// Reads a response.
    ///
    /// # Errors
    ///
    /// [`NoTokens`].
    pub fn read(status: u16, body: &[u8]) -> Result<Self, NoTokens> {
        let of_status =
            |reason: String| if status == 200 { reason } else { format!("{reason}, the status is {status}") };
        let members = Members::read(body).map_err(|reason| NoTokens::Unusable(of_status(reason)))?;
        // RFC 6749 §5.2 wants 400 or 401; some providers answer 200 or 403.
        if !(300..400).contains(&status)
            && let Some(code) = members.text("error").ok().flatten()
        {
            return Err(NoTokens::Refused(refusal(code, members.text("error_description").ok().flatten())));
        }
        if !matches!(status, 200 | 201) {
            return Err(NoTokens::Unusable(format!("the status is {status}")));
        }
        let id_token = members.require_text("id_token").map_err(NoTokens::Unusable)?;
        Ok(Self { id_token: Secret::new(id_token), access_token: access_token(&members) })
    }
}

/// RFC 6749 §7.1: a token of another type is not used.
fn access_token(members: &Members) -> Option<Secret> {
    let is_bearer = match members.get("token_type") {
        Some(value) => value.as_str().is_some_and(|named| named.eq_ignore_ascii_case("bearer")),
        None => true,
    };
    let token = members.text("access_token").ok().flatten().filter(|_| is_bearer)?;
    token.bytes().all(|byte| byte.is_ascii_graphic()).then(|| Secret::new(token))
}

/// The provider's own words, which say what the operator has to change; printable and short.
fn refusal(code: &str, description: Option<&str>) -> String {
    let printable =
        |text: &str, most| text.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').take(most).collect::<String>();
    match description {
        Some(description) => format!("{}: {}", printable(code, 64), printable(description, 200)),
        None => printable(code, 64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn read(status: u16, body: &Value) -> Result<Tokens, NoTokens> {
        Tokens::read(status, body.to_string().as_bytes())
    }

    #[test]
    fn only_the_tokens_are_read() {
        for (name, value) in [
            ("expires_in", json!("3600")),
            ("expires_in", json!(null)),
            ("scope", json!(["openid"])),
            ("refresh_token", json!(false)),
            ("token_type", json!("bearer")),
            ("not_before", json!("x")),
        ] {
            let mut body = json!({"id_token": "a.b.c", "access_token": "at", "token_type": "Bearer"});
            body[name] = value;
            let tokens = read(200, &body).ok().unwrap();
            assert_eq!((tokens.id_token.expose(), tokens.access_token.unwrap().expose()), ("a.b.c", "at"), "{name}");
        }
    }

    #[test]
    fn an_access_token_that_is_no_bearer_token_is_not_used() {
        for (name, value) in [
            ("token_type", json!("DPoP")),
            ("token_type", json!(1)),
            ("access_token", json!("a\nb")),
            ("access_token", json!("")),
            ("access_token", json!({})),
        ] {
            let mut body = json!({"id_token": "a.b.c", "access_token": "at", "token_type": "Bearer"});
            body[name] = value;
            assert!(read(200, &body).ok().unwrap().access_token.is_none(), "{name}");
        }
    }

    #[test]
    fn a_refusal_is_told_apart_from_a_response_that_cannot_be_used() {
        let refused = |text: &str| Some(NoTokens::Refused(text.to_owned()));
        let unusable = |text: &str| Some(NoTokens::Unusable(text.to_owned()));
        for (status, body, expected) in [
            (400, json!({"error": "invalid_grant"}), refused("invalid_grant")),
            (200, json!({"error": "bad\ncode", "error_description": "no\u{1b}"}), refused("badcode: no")),
            (403, json!({"error": "invalid_client"}), refused("invalid_client")),
            (302, json!({"error": "invalid_client"}), unusable("the status is 302")),
            (404, json!({}), unusable("the status is 404")),
            (400, json!([]), unusable("it is not a JSON object, the status is 400")),
            (200, json!({"access_token": "a"}), unusable("id_token is missing")),
            (200, json!({"id_token": {}}), unusable("id_token is not text")),
        ] {
            assert_eq!(read(status, &body).err(), expected, "{status} {body}");
        }
    }

    proptest! {
        #[test]
        fn no_response_breaks_the_reader(status: u16, body: Vec<u8>) {
            let _ = Tokens::read(status, &body);
        }
    }
}
