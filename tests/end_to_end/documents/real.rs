//! The documents of today's clients, as they are published.

use serde_json::{Value, json};

use crate::harness::{Client, DocumentServer, Signer, TestServer, claims};

fn fixture(text: &str) -> Value {
    serde_json::from_str(text).expect("a document")
}

/// Asserts that a user can consent to the client, and that the client gets tokens and refreshes them.
async fn assert_works(driftwood: &TestServer, client: &Client, name: &str) -> Value {
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let page = visitor.authorize(client, &[("resource", &driftwood.server.url)]).await;
    assert_eq!(page.heading(), format!("{name} wants to access your account"));
    let code = client.answer(&visitor.allow(&page).await).code().to_owned();
    let tokens = client.exchange(driftwood, &code).await.json();
    let access_token = tokens["access_token"].as_str().unwrap_or_else(|| panic!("{tokens}"));
    assert_eq!(claims(access_token)["client_id"], client.app.client_id);
    assert!(driftwood.is_alive(access_token).await);
    let refreshed = client.refresh(driftwood, tokens["refresh_token"].as_str().unwrap()).await;
    assert_eq!(refreshed.status, 200, "{}", refreshed.text);
    json!({"page": page.text})
}

#[tokio::test]
async fn claude() {
    let document = fixture(include_str!("fixtures/claude.json"));
    let documents = DocumentServer::with("/oauth/mcp-oauth-client-metadata", &document).await;
    let driftwood = TestServer::start_with_documents(&[("https://claude.ai", &documents)], &[]).await;
    let id = "https://claude.ai/oauth/mcp-oauth-client-metadata";
    let client = driftwood.unowned_client(id, "", "https://claude.ai/api/mcp/auth_callback");
    assert_works(&driftwood, &client, "Claude").await;
    assert_eq!(documents.asked().len(), 1);
}

#[tokio::test]
async fn claude_code_on_any_port() {
    let document = fixture(include_str!("fixtures/claude-code.json"));
    let documents = DocumentServer::with("/oauth/claude-code-client-metadata", &document).await;
    let driftwood = TestServer::start_with_documents(&[("https://claude.ai", &documents)], &[]).await;
    let id = "https://claude.ai/oauth/claude-code-client-metadata";
    for uri in ["http://localhost:51004/callback", "http://127.0.0.1:3118/callback", "http://localhost/callback"] {
        let client = driftwood.unowned_client(id, "", uri);
        let shown = assert_works(&driftwood, &client, "Claude Code").await;
        let page = shown["page"].as_str().unwrap();
        assert!(
            page.contains("<strong>claude.ai</strong>") && page.contains("<strong>a program on this device</strong>")
        );
    }
    for uri in ["http://localhost:51004/other", "http://[::1]:51004/callback", "https://localhost:51004/callback"] {
        let client = driftwood.unowned_client(id, "", uri);
        let page = driftwood.visitor().get(&client.authorize_path(&[])).await;
        page.refused_page(400, super::BROKEN);
    }
}

#[tokio::test]
async fn chatgpt() {
    let document = fixture(include_str!("fixtures/chatgpt.json"));
    let documents = DocumentServer::with("/oauth/IbUR3zxyNQ16/client.json", &document).await;
    let signer = Signer::rs256("chatgpt-1");
    documents.put("/oauth/jwks.json", crate::harness::Served::json(&signer.jwks()));
    let driftwood = TestServer::start_with_documents(&[("https://chatgpt.com", &documents)], &[]).await;
    let id = "https://chatgpt.com/oauth/IbUR3zxyNQ16/client.json";
    for uri in
        ["https://chatgpt.com/connector/oauth/IbUR3zxyNQ16", "https://chatgpt.com/connector_platform_oauth_redirect"]
    {
        let client = Client { signer: Some(signer.clone()), ..driftwood.unowned_client(id, "", uri) };
        assert_works(&driftwood, &client, "ChatGPT").await;
        let unauthenticated = Client { signer: None, ..client };
        let form = [("grant_type", "refresh_token"), ("refresh_token", "x")];
        unauthenticated.token(&driftwood, &form).await.refused_oauth(401, "invalid_client");
    }
}
