//! The audit events of recovery and of changes.

use serde_json::json;

use super::{
    NEW, VERIFY, ask_to_verify, change_password, change_token, confirm, events, forgot, last_token, reset, reset_token,
    signed_in, verify,
};
use crate::harness::{PASSWORD, TestServer};

#[tokio::test]
async fn every_step_records_its_event_and_none_contains_personal_data() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    ask_to_verify(&driftwood, &alice).await.result();
    let token = last_token(&driftwood, &alice.email, VERIFY);
    verify(&driftwood, &token).await.result();
    forgot(&driftwood, "nobody@example.com").await.result();
    let token = reset_token(&driftwood, &alice.email).await;
    reset(&driftwood, &token, NEW).await.result();
    let alice = signed_in(&driftwood, &alice.email, NEW).await;
    change_password(&driftwood, &alice, NEW, PASSWORD).await.result();
    let token = change_token(&driftwood, &alice, "other@example.com").await;
    confirm(&driftwood, &alice, &token).await.result();
    let post = |name: &'static str, body| driftwood.post_as(&alice.access_token, name, body);
    post("users-update", json!({"name": "Aurelia Arden"})).await.result();
    post("users-export", json!({})).await.result();
    post("users-delete", json!({"password": "not my password"})).await.mistaken_fields();
    post("users-delete", json!({"password": PASSWORD})).await.result();
    for (action, outcomes) in [
        ("email.verification_sent", &["succeeded"][..]),
        ("email.verified", &["succeeded"]),
        ("password.reset_requested", &["refused", "succeeded"]),
        ("password.reset", &["succeeded"]),
        ("password.changed", &["succeeded"]),
        ("email.change_requested", &["succeeded"]),
        ("email.changed", &["succeeded"]),
        ("user.updated", &["succeeded"]),
        ("user.exported", &["succeeded"]),
        ("user.deleted", &["refused", "succeeded"]),
    ] {
        assert_eq!(events(&driftwood, action).await, outcomes, "{action}");
    }
    for event in driftwood.items("Audit").await {
        let text = format!("{event:?}");
        for personal in ["@example", "Alice", "Aurelia", "Arden", "dw_", "argon2", PASSWORD, NEW] {
            assert!(!text.contains(personal), "{personal}: {text}");
        }
        let has_no_user = event["pk"].as_s().unwrap() == "nobody";
        assert_eq!(event.contains_key("user_id"), !has_no_user, "{text}");
    }
}

#[tokio::test]
async fn a_step_that_does_nothing_records_no_event() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let before = driftwood.count_items("Audit").await;
    reset(&driftwood, "dw_ml_none", NEW).await.refused(400, "invalid_link");
    verify(&driftwood, "dw_ml_none").await.refused(400, "invalid_link");
    confirm(&driftwood, &alice, "dw_ml_none").await.refused(400, "invalid_link");
    forgot(&driftwood, "not an address").await.mistaken_fields();
    change_password(&driftwood, &alice, PASSWORD, "short").await.mistaken_fields();
    driftwood.get(&driftwood.last_mail_to(&alice.email).link()).await.heading();
    assert_eq!(driftwood.count_items("Audit").await, before);
}
