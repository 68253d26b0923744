//! Signing in to a client that was never registered.

use reqwest::Method;
use serde_json::json;

use super::{BROKEN, CLIENT_ID, PATH, client, start};
use crate::harness::claims;

#[tokio::test]
async fn a_client_is_identified_by_the_address_of_its_document() {
    let (driftwood, documents) = start().await;
    let client = client(&driftwood);
    let visitor = driftwood.visitor();
    let page = visitor.authorize(&client, &[]).await;
    assert_eq!(page.heading(), "Sign in");
    let (_, page) = visitor.register(&page).await;
    assert_eq!(page.heading(), "Field Notes wants to access your account");
    let answer = client.answer(&visitor.allow(&page).await);
    assert_eq!(answer.0["state"], "st4te");
    let reply = client.exchange(&driftwood, answer.code()).await;
    let tokens = reply.json();
    assert_eq!((reply.status, &tokens["token_type"]), (200, &json!("Bearer")), "{}", reply.text);
    let access_token = tokens["access_token"].as_str().unwrap();
    assert_eq!(claims(access_token)["client_id"], CLIENT_ID);
    assert_eq!(claims(tokens["id_token"].as_str().unwrap())["aud"], CLIENT_ID);
    assert!(driftwood.is_alive(access_token).await);
    let refreshed = client.refresh(&driftwood, tokens["refresh_token"].as_str().unwrap()).await.json();
    assert_ne!(refreshed["refresh_token"], tokens["refresh_token"]);
    assert_eq!(documents.asked(), [PATH]);
    let metadata = driftwood.get("/.well-known/oauth-authorization-server").await.json();
    assert_eq!(metadata["client_id_metadata_document_supported"], true);
}

#[tokio::test]
async fn a_public_client_is_authenticated_by_the_verifier_and_by_nothing_else() {
    let (driftwood, _documents) = start().await;
    let client = client(&driftwood);
    let visitor = driftwood.visitor();
    let without = [("code_challenge", ""), ("code_challenge_method", "")];
    visitor.signed_up().await;
    let reply = visitor.get(&client.authorize_path(&without)).await;
    assert!(!reply.header("location").contains("code="));
    let code = visitor.approve(&client, &[]).await.code().to_owned();
    client.exchange_with(&driftwood, &code, &[("code_verifier", "")]).await.refused_oauth(400, "invalid_grant");
    client.exchange_with(&driftwood, &code, &[("client_secret", "x")]).await.refused_oauth(401, "invalid_client");
    let with_secret = driftwood.unowned_client(CLIENT_ID, "secret", &client.redirect_uri);
    with_secret.exchange(&driftwood, &code).await.refused_oauth(401, "invalid_client");
    let other = driftwood.spa().await;
    other.exchange(&driftwood, &code).await.refused_oauth(400, "invalid_grant");
    assert_eq!(client.exchange(&driftwood, &code).await.status, 200);
    let own = [("grant_type", "client_credentials"), ("scope", "openid")];
    client.token(&driftwood, &own).await.refused_oauth(400, "unauthorized_client");
}

#[tokio::test]
async fn a_redirect_uri_must_be_in_the_document() {
    let (driftwood, documents) = start().await;
    let client = client(&driftwood);
    for uri in [
        "https://app.notes.example/cb/",
        "https://app.notes.example/cb?x=1",
        "https://notes.example/cb",
        "https://evil.example/cb",
        "http://127.0.0.1/cb",
        "javascript:alert(1)",
    ] {
        let page = driftwood.visitor().get(&client.authorize_path(&[("redirect_uri", uri)])).await;
        page.refused_page(400, BROKEN);
    }
    assert_eq!(documents.asked().len(), 1);
}

#[tokio::test]
async fn tokens_work_while_the_server_of_the_document_is_down() {
    let (driftwood, documents) = start().await;
    let client = client(&driftwood);
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let code = visitor.approve(&client, &[]).await.code().to_owned();
    let tokens = client.exchange(&driftwood, &code).await.json();
    documents.set_away(true);
    driftwood.advance(7_199);
    let access_token = tokens["access_token"].as_str().unwrap();
    assert!(driftwood.is_alive(access_token).await);
    let bearer = format!("Bearer {access_token}");
    let user = driftwood.send(Method::GET, "/oauth2/userinfo", &[("authorization", &bearer)], "").await;
    assert_eq!(user.status, 200);
    assert!(visitor.get("/account").await.text.contains("Field Notes"));
    assert_eq!(documents.asked().len(), 1, "no API call fetches a document");
    crate::account::disconnect(&visitor, "Field Notes").await;
    assert!(!driftwood.is_alive(access_token).await, "the user revokes it without that server");
}

#[tokio::test]
async fn a_server_that_is_down_revokes_no_token() {
    let (driftwood, documents) = start().await;
    let client = client(&driftwood);
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let code = visitor.approve(&client, &[]).await.code().to_owned();
    let tokens = client.exchange(&driftwood, &code).await.json();
    let refresh_token = tokens["refresh_token"].as_str().unwrap();
    // A day after its document was fresh for the last time.
    driftwood.advance(3_600 + 86_400);
    documents.set_away(true);
    let refused = client.refresh(&driftwood, refresh_token).await;
    refused.refused_oauth(503, "temporarily_unavailable");
    assert!(!refused.header("retry-after").is_empty());
    documents.set_away(false);
    for status in [404, 410, 429, 500, 502, 503] {
        documents.put(PATH, crate::harness::Served::text("").status(status));
        client.refresh(&driftwood, refresh_token).await.refused_oauth(503, "temporarily_unavailable");
    }
    documents.put(PATH, crate::harness::Served::text("{}"));
    client.refresh(&driftwood, refresh_token).await.refused_oauth(401, "invalid_client");
    documents.put(PATH, crate::harness::Served::json(&super::document()));
    assert_eq!(client.refresh(&driftwood, refresh_token).await.status, 200);
}
