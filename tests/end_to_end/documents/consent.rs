//! What the consent page shows about such a client, and what is remembered.

use serde_json::json;
use shared::domain::client::standing::Standing;

use super::{PATH, client, document, document_with, start};
use crate::harness::{Served, Signer};

const HEADING: &str = "Field Notes wants to access your account";

#[tokio::test]
async fn the_page_shows_the_host_of_the_document_and_of_the_redirect_uri() {
    let (driftwood, documents) = start().await;
    let client = client(&driftwood);
    let evil = json!({"client_name": "<b>Google</b>", "logo_uri": "https://notes.example/logo.png"});
    documents.put(PATH, Served::json(&document_with(&evil)));
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let page = visitor.authorize(&client, &[]).await;
    assert_eq!(page.heading(), "&lt;b&gt;Google&lt;/b&gt; wants to access your account");
    assert!(page.text.contains("<strong>notes.example</strong>"));
    assert!(page.text.contains("<strong>app.notes.example</strong>"));
    assert!(!page.text.contains("logo.png"), "logos of unowned clients are not shown");
    assert_eq!(documents.asked(), [PATH], "nor fetched");
}

#[tokio::test]
async fn a_consent_is_remembered_for_an_unchanged_client() {
    let (driftwood, documents) = start().await;
    let client = client(&driftwood);
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    visitor.authorize(&client, &[]).await;
    driftwood.review(&client, Standing::Reviewed).await;
    visitor.approve(&client, &[]).await.code();
    for more in [vec![], vec![("prompt", "none")], vec![("scope", "openid")]] {
        client.answer(&visitor.get(&client.authorize_path(&more)).await).code();
    }
    driftwood.advance(3_600);
    let same = json!({"client_uri": "https://notes.example/", "software_version": "2"});
    documents.put(PATH, Served::json(&document_with(&same)));
    client.answer(&visitor.get(&client.authorize_path(&[])).await).code();
    assert_eq!(documents.asked().len(), 2);
}

#[tokio::test]
async fn a_changed_client_needs_consent_again() {
    let (driftwood, documents) = start().await;
    let client = client(&driftwood);
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let keys = |kid| json!({"token_endpoint_auth_method": "private_key_jwt", "jwks": Signer::es256(kid).jwks()});
    let first = keys("0");
    let at = |uris: &[&str]| {
        let (method, jwks) = (&first["token_endpoint_auth_method"], &first["jwks"]);
        json!({"token_endpoint_auth_method": method, "jwks": jwks, "redirect_uris": uris})
    };
    documents.put(PATH, Served::json(&document_with(&first)));
    visitor.approve(&client, &[]).await.code();
    for change in [
        at(&["https://app.notes.example/cb", "https://evil.example/cb"]),
        at(&["https://app.notes.example/cb"]),
        keys("1"),
        keys("2"),
        json!({"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "https://notes.example/jwks"}),
        json!({"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "https://notes.example/other"}),
    ] {
        documents.put(PATH, Served::json(&document_with(&change)));
        driftwood.advance(3_600);
        let silent = visitor.in_frame(&client.authorize_path(&[("prompt", "none")])).await;
        client.answer(&silent).refused("consent_required");
        let page = visitor.authorize(&client, &[]).await;
        assert_eq!(page.heading(), HEADING, "{change}");
        client.answer(&visitor.allow(&page).await).code();
        client.answer(&visitor.get(&client.authorize_path(&[])).await).code();
    }
}

#[tokio::test]
async fn old_scopes_never_reach_a_client_whose_document_changed() {
    let (driftwood, documents) = start().await;
    let client = client(&driftwood);
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let answer = visitor.approve(&client, &[("scope", "openid contact_write gdpr_write")]).await;
    let old = client.exchange(&driftwood, answer.code()).await.json();
    let other = json!({"client_name": "Other Notes", "redirect_uris": ["https://evil.example/cb"]});
    documents.put(PATH, Served::json(&document_with(&other)));
    driftwood.advance(3_600);
    let changed = driftwood.unowned_client(super::CLIENT_ID, "", "https://evil.example/cb");
    visitor.authorize(&changed, &[]).await;
    driftwood.review(&changed, Standing::Reviewed).await;
    visitor.approve(&changed, &[("scope", "openid")]).await.code();
    let silently = |scope| changed.authorize_path(&[("prompt", "none"), ("scope", scope)]);
    changed.answer(&visitor.get(&silently("openid")).await).code();
    changed.answer(&visitor.get(&silently("openid contact_write gdpr_write")).await).refused("consent_required");
    let refresh_token = old["refresh_token"].as_str().unwrap();
    client.refresh(&driftwood, refresh_token).await.refused_oauth(400, "invalid_grant");
}

#[tokio::test]
async fn a_document_that_changes_while_the_page_is_read_gets_nothing_but_a_new_page() {
    let (driftwood, documents) = start().await;
    let client = client(&driftwood);
    documents.put(PATH, Served::json(&document()).header("cache-control", "max-age=60"));
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let page = visitor.authorize(&client, &[]).await;
    documents.put(PATH, Served::json(&document_with(&json!({"client_name": "Other Notes"}))));
    driftwood.advance(60);
    driftwood.visitor().authorize(&client, &[]).await;
    let again = visitor.allow(&page).await;
    assert_eq!(again.heading(), "Other Notes wants to access your account");
    assert!(visitor.get("/account").await.text.contains("No app has access"));
    client.answer(&visitor.allow(&again).await).code();
}

#[tokio::test]
async fn a_consent_is_never_remembered_where_any_program_could_receive_the_response() {
    let (driftwood, documents) = start().await;
    for uri in ["http://127.0.0.1/cb", "http://localhost:3000/cb", "com.example.notes:/cb"] {
        documents.put(PATH, Served::json(&document_with(&json!({"redirect_uris": [uri]}))));
        driftwood.advance(3_600);
        let client = driftwood.unowned_client(super::CLIENT_ID, "", uri);
        let visitor = driftwood.visitor();
        visitor.signed_up().await;
        for _ in 0..2 {
            let silent = visitor.in_frame(&client.authorize_path(&[("prompt", "none")])).await;
            client.answer(&silent).refused("consent_required");
            let page = visitor.authorize(&client, &[]).await;
            assert!(page.text.contains("<strong>a program on this device</strong>"), "{uri}");
            client.answer(&visitor.allow(&page).await).code();
        }
    }
}

#[tokio::test]
async fn a_redirect_uri_that_is_removed_from_the_document_is_refused_after_the_next_fetch() {
    let (driftwood, documents) = start().await;
    let client = client(&driftwood);
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    visitor.approve(&client, &[]).await.code();
    documents.put(PATH, Served::json(&document_with(&json!({"redirect_uris": ["https://new.notes.example/cb"]}))));
    driftwood.advance(3_600);
    visitor.get(&client.authorize_path(&[])).await.refused_page(400, super::BROKEN);
}
