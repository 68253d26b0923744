//! The provider's metadata (OpenID Connect Discovery §3), as far as they are used here.

use url::Url;

use crate::domain::upstream::members::Members;
use crate::domain::upstream::provider::{Issuer, is_loopback};

/// The provider's metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// Where browsers are redirected.
    pub authorization_endpoint: Url,
    /// Where codes are exchanged.
    pub token_endpoint: Url,
    /// Where its public keys are.
    pub jwks_uri: Url,
    /// Where more claims are, if it has them.
    pub userinfo_endpoint: Option<Url>,
    /// How our client secret is sent.
    pub secret_in: SecretIn,
    /// Whether each response has the parameter `iss` (RFC 9207 §3).
    pub always_names_issuer: bool,
}

/// Where a request to the token endpoint has our client secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretIn {
    /// `client_secret_basic`: in the header.
    Header,
    /// `client_secret_post`: in the body.
    Body,
}

impl Metadata {
    /// Reads the metadata of this issuer.
    ///
    /// # Errors
    ///
    /// The sentence to log.
    pub fn read(body: &[u8], issuer: &Issuer) -> Result<Self, String> {
        let members = Members::read(body)?;
        // Discovery §4.3: the document of another issuer is refused.
        if members.require_text("issuer")? != issuer.as_str() {
            return Err("issuer is not the configured one".to_owned());
        }
        let url = |name| allowed(name, members.require_text(name)?, issuer);
        let userinfo = members.text("userinfo_endpoint")?;
        Ok(Self {
            authorization_endpoint: url("authorization_endpoint")?,
            token_endpoint: url("token_endpoint")?,
            jwks_uri: url("jwks_uri")?,
            userinfo_endpoint: userinfo.map(|text| allowed("userinfo_endpoint", text, issuer)).transpose()?,
            secret_in: secret_in(&members),
            always_names_issuer: members
                .get("authorization_response_iss_parameter_supported")
                .is_some_and(|value| value.as_bool() == Some(true)),
        })
    }
}

/// Discovery §3: without a list, it is Basic; so it is where both are possible.
fn secret_in(members: &Members) -> SecretIn {
    let methods = members.get("token_endpoint_auth_methods_supported").and_then(|value| value.as_array());
    let has = |method: &str| methods.is_some_and(|methods| methods.iter().any(|named| named == method));
    if has("client_secret_post") && !has("client_secret_basic") { SecretIn::Body } else { SecretIn::Header }
}

/// A URL that requests may be sent to: `https`, or on this machine if the provider is there, too.
fn allowed(name: &str, text: &str, issuer: &Issuer) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|_| format!("{name} is not a URL"))?;
    if url.scheme() == "https" || (is_loopback(issuer.url()) && is_loopback(&url)) {
        Ok(url)
    } else {
        Err(format!("{name} is not an https URL"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn document() -> Value {
        json!({
            "issuer": "https://a.example", "authorization_endpoint": "https://a.example/authorize?p=1",
            "token_endpoint": "https://a.example/token", "jwks_uri": "https://keys.example/jwks",
        })
    }

    fn read(name: &str, value: Value) -> Result<Metadata, String> {
        let mut document = document();
        document[name] = value;
        Metadata::read(document.to_string().as_bytes(), &Issuer::parse("https://a.example").unwrap())
    }

    #[test]
    fn a_document_without_what_is_needed_is_refused_by_the_members_name() {
        for (name, value, sentence) in [
            ("issuer", json!("https://a.example/"), "issuer is not the configured one"),
            ("token_endpoint", json!(null), "token_endpoint is missing"),
            ("token_endpoint", json!({}), "token_endpoint is not text"),
            ("jwks_uri", json!("http://127.0.0.1/jwks"), "jwks_uri is not an https URL"),
            ("userinfo_endpoint", json!("ftp://a.example"), "userinfo_endpoint is not an https URL"),
            ("authorization_endpoint", json!("/authorize"), "authorization_endpoint is not a URL"),
        ] {
            assert_eq!(read(name, value).unwrap_err(), sentence);
        }
    }

    #[test]
    fn what_is_not_used_may_be_anything() {
        for (name, value) in [
            ("response_types_supported", json!("code")),
            ("id_token_signing_alg_values_supported", json!(null)),
            ("subject_types_supported", json!(["pairwise-odd"])),
            ("userinfo_endpoint", json!("")),
            ("token_endpoint_auth_methods_supported", json!("client_secret_post")),
            ("authorization_response_iss_parameter_supported", json!("true")),
        ] {
            assert_eq!(read(name, value).unwrap(), read("issuer", json!("https://a.example")).unwrap(), "{name}");
        }
    }

    #[test]
    fn our_secret_is_sent_in_the_body_only_where_the_header_is_not_possible() {
        let methods = |methods: Value| read("token_endpoint_auth_methods_supported", methods).unwrap().secret_in;
        assert_eq!(methods(json!(["client_secret_post", "client_secret_basic"])), SecretIn::Header);
        assert_eq!(methods(json!(["private_key_jwt", "client_secret_post"])), SecretIn::Body);
        assert_eq!(methods(json!([])), SecretIn::Header);
    }

    #[test]
    fn only_a_local_provider_may_have_its_endpoints_on_this_machine() {
        let (local, remote) = ("http://127.0.0.1:8788", "https://accounts.example");
        let may = |issuer: &str, url: &str| allowed("x", url, &Issuer::parse(issuer).unwrap()).is_ok();
        for url in ["http://127.0.0.1:1/jwks", "http://localhost/jwks", "http://[::1]:9/jwks"] {
            assert!(may(local, url) && !may(remote, url), "{url}");
        }
        for url in ["http://10.0.0.1/jwks", "http://jwks.example/", "ftp://127.0.0.1/", "/jwks"] {
            assert!(!may(local, url) && !may(remote, url), "{url}");
        }
        assert!(may(local, "https://jwks.example/") && may(remote, "https://10.0.0.1/jwks"));
    }

    proptest! {
        #[test]
        fn no_body_breaks_the_reader(body: Vec<u8>, text in "\\PC{0,40}") {
            let _ = Metadata::read(&body, &Issuer::parse("https://a.example").unwrap());
            let _ = read("token_endpoint", json!(text));
        }
    }
}
