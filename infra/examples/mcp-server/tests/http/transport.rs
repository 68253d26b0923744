//! What the MCP transport demands beside tokens.

use std::net::Ipv4Addr;

use mcp_server::settings::Settings;
use reqwest::header::{AUTHORIZATION, HOST, ORIGIN};
use serde_json::json;
use tokio::net::TcpListener;

use crate::server::{Answer, Server};
use crate::signing::RSA;

#[tokio::test]
async fn a_page_of_another_origin_is_refused_with_and_without_a_token() {
    let server = Server::start().await;
    let token = format!("Bearer {}", server.token(&RSA, json!({})));
    for origin in
        ["http://evil.example", "https://localhost.evil.example", "http://evil.example:8791", "null", "localhost"]
    {
        let request = || server.request("/mcp", "whoami", json!({})).header(ORIGIN, origin);
        assert_eq!(Answer::to(request()).await.status, 403, "{origin}");
        assert_eq!(Answer::to(request().header(AUTHORIZATION, &token)).await.status, 403, "{origin}");
    }
    let two = server.request("/mcp", "whoami", json!({})).header(AUTHORIZATION, &token);
    let two = two.header(ORIGIN, &server.origin).header(ORIGIN, "http://evil.example");
    assert_eq!(Answer::to(two).await.status, 403);
}

#[tokio::test]
async fn a_page_of_this_machine_needs_a_token_like_everybody() {
    let server = Server::start().await;
    let token = format!("Bearer {}", server.token(&RSA, json!({})));
    for origin in [&server.origin, "http://localhost:6274"] {
        let request = || server.request("/mcp", "whoami", json!({})).header(ORIGIN, origin);
        assert_eq!(Answer::to(request()).await.status, 401, "{origin}");
        assert_eq!(Answer::to(request().header(AUTHORIZATION, &token)).await.status, 200, "{origin}");
    }
}

#[tokio::test]
async fn a_foreign_host_name_is_refused() {
    let server = Server::start().await;
    let token = format!("Bearer {}", server.token(&RSA, json!({})));
    let rebound = server.request("/mcp", "whoami", json!({})).header(HOST, "evil.example").header(AUTHORIZATION, token);
    assert_eq!(Answer::to(rebound).await.status, 403);
}

#[tokio::test]
async fn a_request_that_is_too_large_is_refused() {
    let server = Server::start().await;
    let token = server.token(&RSA, json!({}));
    assert_eq!(server.call(&token, "whoami", json!({"name": "a".repeat(70_000)})).await.status, 413);
}

#[tokio::test]
async fn other_paths_do_not_exist() {
    let server = Server::start().await;
    assert_eq!(server.get("/").await.status(), 404);
    assert_eq!(server.get("/.well-known/oauth-protected-resource/other").await.status(), 404);
}

#[tokio::test]
async fn it_stops_when_asked() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let settings = Settings::new("http://127.0.0.1:8788", "http://127.0.0.1:8791/mcp").unwrap();
    mcp_server::serve(listener, settings, std::future::ready(())).await.unwrap();
}
