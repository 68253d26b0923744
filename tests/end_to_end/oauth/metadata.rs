//! `GET /.well-known/*`

use std::sync::Arc;

use lambda_http::lambda_runtime::{Context, LambdaEvent};
use serde_json::{Value, json};
use shared::app::App;
use shared::fetch::NoDocuments;

use crate::harness::{TestServer, Trouble};

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
    for other in ["/mcp/v2", "/mcp/v1/", "/mcp", "/mcp/V1"] {
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

/// All documents, with what each has to have.
async fn documents(driftwood: &TestServer) -> Vec<Value> {
    let mut documents = Vec::new();
    for path in [
        "/.well-known/oauth-authorization-server",
        "/.well-known/openid-configuration",
        "/.well-known/oauth-protected-resource",
        "/.well-known/webfinger?resource=acct:a@httpapi.execute-api.eu-central-1.amazonaws.com",
        "/.well-known/jwks.json",
    ] {
        let reply = driftwood.get(path).await;
        assert_eq!(reply.status, 200, "{path}: {}", reply.text);
        documents.push(reply.json());
    }
    documents
}

#[tokio::test]
async fn the_documents_are_served_while_the_tables_are_unavailable() {
    let driftwood = TestServer::start_with(&[("IssuerUrl", "")]).await;
    let before = documents(&driftwood).await;
    let issuer = before[0]["issuer"].as_str().unwrap();
    assert!(issuer.starts_with("https://") && issuer.contains(".execute-api."), "{issuer}");
    driftwood.inject_fault("GetItem", Trouble::TimeoutBefore, 1_000);
    for _ in 0..3 {
        // Far beyond what keys are cached for where they verify tokens.
        driftwood.advance(20_000);
        assert_eq!(documents(&driftwood).await, before, "the last good state of the process");
    }
    assert!(driftwood.clear_faults() > 0);
}

#[tokio::test]
async fn a_process_that_never_read_the_tables_serves_the_metadata_from_its_configuration() {
    for parameter in ["", "https://auth.example.com"] {
        let driftwood = TestServer::start_with(&[("IssuerUrl", parameter)]).await;
        let path = "/.well-known/oauth-authorization-server";
        let (before, running) = (driftwood.get(path).await.json(), &driftwood.server.apps["oauth-metadata"]);
        let mut config = running.config.clone();
        config.tables.keys = "nowhere".to_owned();
        let http = Arc::clone(&driftwood.server.transport);
        let app = Arc::new(App::new(config, driftwood.clock.clone(), http, Arc::new(NoDocuments)));
        let get = async |path: &str| {
            let event = json!({
                "version": "2.0", "routeKey": format!("ANY {path}"), "rawPath": path, "rawQueryString": "",
                "headers": {"host": "evil.example"}, "isBase64Encoded": false,
                "requestContext": {
                    "accountId": "0", "apiId": "HttpApi", "domainName": "evil.example", "stage": "$default",
                    "http": {"method": "GET", "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "test"},
                },
            });
            let event = LambdaEvent::new(serde_json::from_value(event).unwrap(), Context::default());
            let endpoint =
                local::registry::endpoints().into_iter().find(|endpoint| endpoint.name() == "oauth-metadata");
            serde_json::to_value(endpoint.unwrap().invoke(Arc::clone(&app), event).await.unwrap()).unwrap()
        };
        let reply = get(path).await;
        let document: Value = serde_json::from_str(reply["body"].as_str().unwrap()).unwrap();
        assert_eq!((&reply["statusCode"], &document), (&json!(200), &before));
        assert_eq!(get("/.well-known/oauth-protected-resource").await["statusCode"], 200);
        // There are no keys in the configuration, and an empty JWKS would make clients refuse every token.
        assert!([500, 503].contains(&get("/.well-known/jwks.json").await["statusCode"].as_i64().unwrap()));
    }
}

#[tokio::test]
async fn webfinger_names_the_issuer_for_its_host_and_the_domains_above_it() {
    let issuer = "https://auth.example.com";
    let driftwood = TestServer::start_with(&[("IssuerUrl", issuer)]).await;
    let ask = async |query: &str| driftwood.get(&format!("/.well-known/webfinger{query}")).await;
    let rel = "http://openid.net/specs/connect/1.0/issuer";
    for resource in [
        "acct:alice@auth.example.com",
        "acct:nobody%40elsewhere@example.com",
        "https://auth.example.com/users/alice",
        "https://Example.com:8443/",
    ] {
        for rels in ["".to_owned(), format!("&rel={rel}"), format!("&rel=avatar&rel={rel}")] {
            let reply = ask(&format!("?resource={resource}{rels}")).await;
            assert_eq!((reply.status, reply.header("content-type")), (200, "application/jrd+json"), "{resource}");
            assert_eq!(reply.header("access-control-allow-origin"), "*");
            assert_eq!(reply.json()["links"], json!([{"rel": rel, "href": issuer}]), "{resource}");
        }
    }
    let other = ask("?resource=acct:alice@example.com&rel=avatar").await;
    assert_eq!((other.status, &other.json()["links"]), (200, &json!([])));
    for resource in
        ["acct:alice@example.org", "acct:alice@xauth.example.com", "acct:alice@ample.com", "https://evil.example"]
    {
        ask(&format!("?resource={resource}")).await.refused_oauth(404, "invalid_request");
    }
    for bad in [
        "",
        "?resource=",
        "?resource=alice",
        "?resource=acct:alice",
        "?resource=mailto:alice@example.com",
        "?resource=acct:@example.com",
        "?resource=https://auth.example.com&resource=https://auth.example.com",
        "?resource=%zz",
    ] {
        ask(bad).await.refused_oauth(400, "invalid_request");
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
