//! `POST /api/auth-logout`

use reqwest::Method;
use serde_json::json;

use crate::harness::{Alice, PASSWORD, TestServer};

#[tokio::test]
async fn signing_out_revokes_this_session_and_no_other() {
    let driftwood = TestServer::start().await;
    let here = driftwood.alice().await;
    let there = Alice::from(&here.email, &driftwood.login(&here.email, PASSWORD).await.result());
    // As in the documentation: no body and no content type.
    let bearer = format!("Bearer {}", here.access_token);
    let reply = driftwood.send(Method::POST, "/api/auth-logout", &[("authorization", &bearer)], "").await;
    assert_eq!(reply.result(), json!({}));
    assert!(!driftwood.is_alive(&here.access_token).await);
    driftwood.refresh(&here.refresh_token).await.refused(401, "invalid_refresh_token");
    assert!(driftwood.is_alive(&there.access_token).await);
    driftwood.refresh(&there.refresh_token).await.result();
}

#[tokio::test]
async fn signing_out_everywhere_revokes_all_sessions_and_a_new_one_works() {
    let driftwood = TestServer::start().await;
    let (here, bystander) = (driftwood.alice().await, driftwood.alice().await);
    let there = Alice::from(&here.email, &driftwood.login(&here.email, PASSWORD).await.result());
    driftwood.post_as(&here.access_token, "auth-logout", json!({"everywhere": true})).await.result();
    for session in [&here, &there] {
        assert!(!driftwood.is_alive(&session.access_token).await);
        driftwood.refresh(&session.refresh_token).await.refused(401, "invalid_refresh_token");
    }
    assert!(driftwood.is_alive(&bystander.access_token).await);
    let again = Alice::from(&here.email, &driftwood.login(&here.email, PASSWORD).await.result());
    assert!(driftwood.is_alive(&again.access_token).await);
}

#[tokio::test]
async fn the_apps_of_a_user_keep_their_tokens_when_the_user_signs_out() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let program = driftwood.program(&alice, json!({"name": "Nightly job"})).await;
    let token = driftwood.program_token(&program).await.result();
    driftwood.post_as(&alice.access_token, "auth-logout", json!({"everywhere": true})).await.result();
    assert!(driftwood.is_alive(token["access_token"].as_str().unwrap()).await);
}

#[tokio::test]
async fn only_a_user_with_a_valid_token_can_sign_out() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    driftwood.post("auth-logout", json!({})).await.refused(401, "unauthorized");
    let program = driftwood.program(&alice, json!({"name": "Job"})).await;
    let token = driftwood.program_token(&program).await.result();
    driftwood
        .post_as(token["access_token"].as_str().unwrap(), "auth-logout", json!({}))
        .await
        .refused(403, "forbidden");
    driftwood.post_as(&alice.access_token, "auth-logout", json!({})).await.result();
    driftwood.post_as(&alice.access_token, "auth-logout", json!({})).await.refused(401, "invalid_token");
    let other = driftwood.alice().await;
    assert_eq!(
        driftwood.post_as(&other.access_token, "auth-logout", json!({"everywhere": "yes"})).await.mistaken_fields(),
        ["everywhere"]
    );
}
