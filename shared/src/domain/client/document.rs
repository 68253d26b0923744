//! Client ID Metadata Documents.

use crate::domain::client::metadata::{ClientMetadata, Registrant};
use crate::domain::input::fields::Fields;
use crate::domain::oauth::client_auth::ClientAuthMethod;
use crate::domain::oauth::document_url::DocumentUrl;
use crate::domain::oauth::scope::ScopeCatalogue;

/// Parses a client's document (OAuth Client ID Metadata Document §4, MCP authorization).
///
/// # Errors
///
/// The sentence that says why it is not accepted.
pub fn read(url: &DocumentUrl, body: &[u8], catalogue: &ScopeCatalogue) -> Result<ClientMetadata, String> {
    let mut fields = Fields::from_json(body).map_err(|_| "it is not one JSON object".to_owned())?;
    // §4.1: compared as exact strings, so that a document cannot claim another URL.
    if fields.text("client_id") != Ok(Some(url.as_str())) {
        return Err("its client_id is not its address".to_owned());
    }
    // §4.1: a public document cannot contain a secret.
    if fields.has("client_secret") || fields.has("client_secret_expires_at") {
        return Err("it must not have a client_secret".to_owned());
    }
    fields.drop_empty();
    if !fields.has("client_name") {
        fields.mistake::<()>("client_name", "is required".to_owned());
    }
    ClientMetadata::read(fields, Registrant::Document, ClientAuthMethod::None, catalogue)
        .map_err(|mistake| mistake.sentence().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::oauth::grant_type::GrantType;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    const URL: &str = "https://app.example/client.json";

    fn read_at(url: &str, document: &Value) -> Result<ClientMetadata, String> {
        read(&DocumentUrl::parse(url).unwrap(), document.to_string().as_bytes(), &ScopeCatalogue::default())
    }

    fn with(name: &str, value: Value) -> Result<ClientMetadata, String> {
        let mut document = json!({"client_id": URL, "client_name": "App", "redirect_uris": ["https://app.example/cb"]});
        document[name] = value;
        read_at(URL, &document)
    }

    #[test]
    fn a_minimal_document_is_a_public_client_with_codes() {
        let client = with("x", json!(1)).unwrap();
        assert_eq!(client.token_endpoint_auth_method, ClientAuthMethod::None);
        assert_eq!(client.grant_types, [GrantType::AuthorizationCode]);
    }

    #[test]
    fn unsupported_values_are_ignored_and_not_refused() {
        let grants = json!(["implicit", "authorization_code", "urn:x:unknown", "refresh_token", "client_credentials"]);
        let client = with("grant_types", grants).unwrap();
        assert_eq!(client.grant_types, [GrantType::AuthorizationCode, GrantType::RefreshToken]);
        assert!(with("response_types", json!(["code", "token", "code id_token"])).is_ok());
        let document = json!({
            "client_id": URL, "client_name": "App", "redirect_uris": ["https://app.example/cb"],
            "token_endpoint_auth_method": "tls_client_auth",
            "token_endpoint_auth_methods_supported": ["tls_client_auth", "none"],
        });
        assert_eq!(read_at(URL, &document).unwrap().token_endpoint_auth_method, ClientAuthMethod::None);
    }

    #[test]
    fn a_document_with_another_client_id_or_a_secret_is_refused() {
        for (name, value) in [
            ("client_id", json!("https://app.example/client.json/")),
            ("client_id", json!("https://APP.example/client.json")),
            ("client_id", Value::Null),
            ("client_name", Value::Null),
            ("client_name", json!("")),
            ("client_name", json!("a\u{202e}b")),
            ("client_secret", json!("x")),
            ("client_secret_expires_at", json!(0)),
            ("token_endpoint_auth_method", json!("client_secret_basic")),
            ("token_endpoint_auth_method", json!("client_secret_post")),
            ("token_endpoint_auth_method", json!("private_key_jwt")),
            ("token_endpoint_auth_method", json!(1)),
            ("redirect_uris", Value::Null),
            ("redirect_uris", json!([])),
            ("redirect_uris", json!(["javascript:alert(1)"])),
            ("redirect_uris", json!(["http://app.example/cb"])),
            ("redirect_uris", json!("https://app.example/cb")),
            ("grant_types", json!(["implicit"])),
            ("grant_types", json!(["client_credentials"])),
            ("jwks", json!({"keys": [{"kty": "oct", "k": "AAAA"}]})),
            ("jwks_uri", json!("http://app.example/jwks")),
        ] {
            assert!(with(name, value.clone()).is_err(), "{name} {value}");
        }
    }

    proptest! {
        #[test]
        fn no_document_breaks_the_reader(
            body: Vec<u8>,
            names in proptest::collection::vec("client_name|redirect_uris|grant_types|jwks|scope|application_type", 0..4),
            texts in proptest::collection::vec("\\PC{0,20}", 4),
        ) {
            let url = DocumentUrl::parse(URL).unwrap();
            let _ = read(&url, &body, &ScopeCatalogue::default());
            let mut document = json!({"client_id": URL, "client_name": "App", "redirect_uris": ["https://app.example/cb"]});
            for (name, text) in names.iter().zip(&texts) {
                document[name.as_str()] = if text.len() % 2 == 0 { json!(text) } else { json!([text]) };
            }
            if let Ok(client) = read_at(URL, &document) {
                prop_assert!(!client.token_endpoint_auth_method.needs_secret());
                prop_assert!(!client.grant_types.contains(&GrantType::ClientCredentials));
            }
        }
    }
}
