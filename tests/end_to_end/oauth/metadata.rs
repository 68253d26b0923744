//! `GET /.well-known/*`

use serde_json::{Value, json};

use crate::harness::TestServer;

#[tokio::test]
async fn discovery_lists_what_exists_and_nothing_else() {
    let driftwood = TestServer::start().await;
    let server = driftwood.get("/.well-known/oauth-authorization-server").await;
    assert_eq!((server.status, server.header("cache-control")), (200, "public, max-age=300"));
    assert_eq!(server.header("access-control-allow-origin"), "*");
    let document = server.json();
    let url = &driftwood.server.url;
    assert_eq!(document["issuer"], *url);
    for (name, path) in [
        ("authorization_endpoint", "/oauth2/authorize"),
        ("token_endpoint", "/oauth2/token"),
        ("userinfo_endpoint", "/oauth2/userinfo"),
        ("end_session_endpoint", "/oauth2/logout"),
        ("jwks_uri", "/.well-known/jwks.json"),
        ("registration_endpoint", "/oauth2/register"),
        ("revocation_endpoint", "/oauth2/revoke"),
        ("introspection_endpoint", "/oauth2/introspect"),
        ("device_authorization_endpoint", "/oauth2/device_authorization"),
        ("pushed_authorization_request_endpoint", "/oauth2/par"),
    ] {
        assert_eq!(document[name], format!("{url}{path}"));
        let reply = driftwood.get(path).await;
        assert!(![404, 500].contains(&reply.status), "{name} exists");
    }
    let device = "urn:ietf:params:oauth:grant-type:device_code";
    let grants = json!(["authorization_code", "refresh_token", "client_credentials", device]);
    assert_eq!(document["grant_types_supported"], grants);
    let methods = json!(["client_secret_basic", "client_secret_post", "private_key_jwt", "none"]);
    assert_eq!(document["token_endpoint_auth_methods_supported"], methods);
    assert_eq!(document["token_endpoint_auth_signing_alg_values_supported"], json!(["RS256", "ES256"]));
    assert_eq!(document["client_id_metadata_document_supported"], true);
    assert_eq!(document["code_challenge_methods_supported"], json!(["S256"]));
    assert_eq!(document["response_types_supported"], json!(["code"]));
    assert_eq!(document["authorization_response_iss_parameter_supported"], true);
    assert_eq!(document["request_uri_parameter_supported"], false);
    assert!(document["id_token_signing_alg_values_supported"].as_array().unwrap().contains(&json!("RS256")));
    assert_eq!(driftwood.get("/.well-known/openid-configuration").await.json(), document);
}

#[tokio::test]
async fn the_resource_names_its_authorization_server() {
    let driftwood = TestServer::start().await;
    let document = driftwood.get("/.well-known/oauth-protected-resource").await.json();
    assert_eq!(document["resource"], driftwood.server.url);
    assert_eq!(document["authorization_servers"], json!([driftwood.server.url]));
    assert_eq!(document["bearer_methods_supported"], json!(["header"]));
    let challenge = driftwood.post("contacts-list", json!({})).await;
    assert_eq!(
        challenge.header("www-authenticate"),
        format!(
            "Bearer realm=\"driftwood\", resource_metadata=\"{}/.well-known/oauth-protected-resource\"",
            driftwood.server.url
        )
    );
}

#[tokio::test]
async fn a_resource_with_a_path_has_its_document_where_rfc_9728_puts_it() {
    let issuer = "https://auth.example.com";
    let driftwood =
        TestServer::start_with(&[("IssuerUrl", issuer), ("Resources", "https://auth.example.com/mcp/v1")]).await;
    let document = driftwood.get("/.well-known/oauth-protected-resource/mcp/v1").await.json();
    assert_eq!(document["resource"], "https://auth.example.com/mcp/v1");
    assert_eq!(document["authorization_servers"], json!([issuer]));
    let scopes = document["scopes_supported"].as_array().unwrap();
    assert!(scopes.contains(&json!("contact_read")) && !scopes.contains(&json!("offline_access")));
    for other in ["/mcp/v2", "/mcp/v1/", "/mcp", "/"] {
        let path = format!("/.well-known/oauth-protected-resource{other}");
        driftwood.get(&path).await.refused_oauth(404, "invalid_request");
    }

    // Our own API may be one with a path too.
    let driftwood =
        TestServer::start_with(&[("IssuerUrl", issuer), ("Audience", "https://auth.example.com/api")]).await;
    for path in ["/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/api"] {
        assert_eq!(driftwood.get(path).await.json()["resource"], "https://auth.example.com/api", "{path}");
    }
}

#[tokio::test]
async fn the_jwks_has_public_keys_only_and_the_one_that_signed() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let jwks = driftwood.get("/.well-known/jwks.json").await.json();
    let keys = jwks["keys"].as_array().unwrap();
    assert_eq!(keys.iter().map(|key| key["alg"].as_str().unwrap()).collect::<Vec<_>>(), ["RS256", "ES256"]);
    for key in keys {
        for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
            assert_eq!(key.get(private), None);
        }
        assert_eq!(key["use"], "sig");
    }
    let kid = kid(&alice.access_token);
    assert!(keys.iter().any(|key| key["kid"] == kid));
}

#[tokio::test]
async fn a_document_that_does_not_exist_is_an_oauth_error() {
    let driftwood = TestServer::start().await;
    for path in
        ["/.well-known/nothing", "/oauth2/nothing", "/oauth2/token/", "//oauth2/token", "/.well-known/jwks.json/"]
    {
        let reply = driftwood.get(path).await;
        assert_eq!(reply.status, 404, "{path}: {}", reply.text);
    }
    driftwood.get("/oauth2/nothing").await.refused_oauth(404, "invalid_request");
    driftwood.get("/api/nothing").await.refused(404, "not_found");
}

#[tokio::test]
async fn a_rotation_breaks_no_session() {
    const HOUR: u64 = 3_600;
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let first = kid(&alice.access_token);
    rotate(&driftwood, "one").await;
    driftwood.advance(301);
    assert_eq!(kids(&driftwood).await.len(), 4, "the new keys are published beside the old ones");
    let refreshed = driftwood.refresh(&alice.refresh_token).await.result();
    assert_eq!(kid(refreshed["access_token"].as_str().unwrap()), first, "the old key still signs");
    driftwood.advance(2 * HOUR);
    let after = driftwood.refresh(refreshed["refresh_token"].as_str().unwrap()).await.result();
    assert_ne!(kid(after["access_token"].as_str().unwrap()), first, "the new key signs");
    assert!(driftwood.is_alive(after["access_token"].as_str().unwrap()).await);
    driftwood.advance(4 * HOUR);
    assert!(!kids(&driftwood).await.contains(&first), "the old key is not published any longer");
    driftwood.refresh(after["refresh_token"].as_str().unwrap()).await.result();
}

/// Rotates both secrets, each step twice, as Secrets Manager may.
pub async fn rotate(driftwood: &TestServer, name: &str) {
    let app = driftwood.server.apps.get("keys-rotate").expect("the function");
    for secret in [&app.config.signing_keys_secret, &app.config.mac_keys_secret] {
        for step in ["createSecret", "setSecret", "testSecret", "finishSecret"] {
            let event = json!({"Step": step, "SecretId": secret, "ClientRequestToken": format!("rotation-{name}-0123456789abcdef0123456789")});
            for _ in 0..2 {
                keys_rotate::handle(std::sync::Arc::clone(app), event.clone()).await.expect(step);
            }
        }
    }
}

pub async fn kids(driftwood: &TestServer) -> Vec<String> {
    let jwks = driftwood.get("/.well-known/jwks.json").await.json();
    jwks["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

pub fn kid(token: &str) -> String {
    use base64::Engine;
    let header = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();
    header["kid"].as_str().unwrap().to_owned()
}
