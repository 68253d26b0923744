//! What a client learns that knows only the URL.

use reqwest::header::ACCESS_CONTROL_ALLOW_ORIGIN;
use serde_json::{Value, json};

use crate::server::{Answer, Server};

#[tokio::test]
async fn the_metadata_names_the_server_and_its_issuer_at_both_addresses() {
    let server = Server::start().await;
    for path in ["/.well-known/oauth-protected-resource/mcp", "/.well-known/oauth-protected-resource"] {
        let answer = server.get(path).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()[ACCESS_CONTROL_ALLOW_ORIGIN], "*");
        assert_eq!(answer.headers()["content-type"], "application/json");
        let document: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
        assert_eq!(document["resource"], server.resource());
        assert_eq!(document["authorization_servers"], json!([server.issuer.url]));
        assert_eq!(document["scopes_supported"], json!(["contact_read", "contact_write"]));
        assert_eq!(document["bearer_methods_supported"], json!(["header"]));
        assert!(document["resource_name"].is_string());
    }
}

#[tokio::test]
async fn who_brings_no_token_is_told_where_the_metadata_is_and_of_no_error() {
    let server = Server::start().await;
    let answer = Answer::to(server.request("/mcp", "whoami", json!({}))).await;
    assert_eq!(answer.status, 401);
    let metadata = format!("{}/.well-known/oauth-protected-resource/mcp", server.origin);
    assert_eq!(answer.challenge, format!(r#"Bearer resource_metadata="{metadata}", scope="contact_read""#));

    let get = server.get("/mcp").await;
    assert_eq!(get.status(), 401);
}

#[tokio::test]
async fn another_scheme_is_no_token() {
    let server = Server::start().await;
    let answer = Answer::to(server.request("/mcp", "whoami", json!({})).basic_auth("ada", Some("secret"))).await;
    assert_eq!(answer.status, 401);
    assert!(!answer.challenge.contains("error"));
}
