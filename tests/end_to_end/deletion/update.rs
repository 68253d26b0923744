//! `POST /api/users-update` and `/account/profile`

use serde_json::json;

use super::{data_app, delegated, own_tokens, text};
use crate::harness::TestServer;
use crate::recovery::events;

#[tokio::test]
async fn name_and_language_change_and_other_fields_stay() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let update = |body| driftwood.post_as(&alice.access_token, "users-update", body);
    let user = update(json!({"name": "  Ada Lovelace ", "locale": "de-CH"})).await.result()["user"].clone();
    assert_eq!((text(&user["name"]), text(&user["id"])), ("Ada Lovelace", alice.user_id.as_str()));
    assert_eq!(user["locale"], "de-CH");
    assert_eq!(update(json!({"name": "Ada"})).await.result()["user"]["locale"], "de-CH");
    let user = update(json!({"locale": "en"})).await.result()["user"].clone();
    assert_eq!((text(&user["name"]), text(&user["locale"])), ("Ada", "en"));
    assert_eq!(update(json!({"name": null, "email": "x@example.com", "role": "admin"})).await.result()["user"], user);
    assert_eq!(driftwood.count_items("Users").await, 3);
    assert_eq!(events(&driftwood, "user.updated").await.len(), 4);
}

#[tokio::test]
async fn the_page_shows_and_changes_name_and_language() {
    let driftwood = TestServer::start().await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let page = visitor.get("/account/profile").await;
    assert!(page.heading() == "Your name and language" && page.text.contains("value=\"Alice Arden\""));
    let wrong = visitor.submit(&page, &[("name", " "), ("locale", "de")]).await;
    assert_eq!((wrong.status, wrong.heading()), (400, "Your name and language".to_owned()));
    let account = visitor.submit(&wrong, &[("name", "Ada"), ("locale", "de")]).await;
    assert!(account.heading() == "Your account" && account.shows("Ada"));
    assert!(visitor.get("/account/profile").await.text.contains("<option value=\"de\" lang=\"de\" selected"));
    assert_eq!(driftwood.visitor().get("/account/profile").await.header("location"), "/oauth2/authorize/sign-in");
}

#[tokio::test]
async fn an_app_needs_the_scope_and_a_user() {
    let driftwood = TestServer::start().await;
    let client = data_app(&driftwood).await;
    let (_, with) = delegated(&driftwood, &client, "openid user_write").await;
    let (_, without) = delegated(&driftwood, &client, "openid gdpr_read gdpr_write").await;
    let update = |token: String| {
        let driftwood = &driftwood;
        async move { driftwood.post_as(&token, "users-update", json!({"name": "New"})).await }
    };
    assert_eq!(update(with).await.result()["user"]["name"], "New");
    let refused = update(without).await;
    refused.refused(403, "insufficient_scope");
    assert!(refused.header("www-authenticate").contains(" user_write\""));
    for own in own_tokens(&driftwood).await {
        assert_eq!(update(own).await.status, 403);
    }
    update(String::new()).await.refused(401, "unauthorized");
}
