//! Failures of AWS: nothing is lost, duplicated or half done, and the caller may retry.

use serde_json::{Value, json};

use crate::harness::{Alice, PASSWORD, Program, TestServer, Trouble};

/// More often than any request is retried.
const EVERY_TIME: usize = 50;

#[tokio::test]
async fn a_passing_fault_on_any_write_is_not_noticed() {
    let driftwood = TestServer::start().await;
    for trouble in Trouble::PASSING {
        let mut troubles = 0;
        let mut inject_fault = |operation: &str| {
            troubles += 1;
            driftwood.inject_fault(operation, trouble, 1);
        };
        inject_fault("TransactWriteItems");
        let alice = driftwood.alice().await;
        inject_fault("PutItem");
        let session = Alice::from(&alice.email, &driftwood.login(&alice.email, PASSWORD).await.result());
        inject_fault("UpdateItem");
        let refreshed = Alice::from("", &driftwood.refresh(&session.refresh_token).await.result());
        assert!(driftwood.is_alive(&refreshed.access_token).await, "{trouble:?}");
        let again = Alice::from("", &driftwood.refresh(&refreshed.refresh_token).await.result());
        inject_fault("TransactWriteItems");
        let program = driftwood.program(&alice, json!({"name": "Job"})).await;
        let post = |name: &'static str, body: Value| {
            let (driftwood, token) = (&driftwood, &alice.access_token);
            async move { driftwood.post_as(token, name, body).await.result() }
        };
        inject_fault("UpdateItem");
        assert_eq!(post("oauth-apps-update", json!({"id": program.id, "name": "New"})).await["app"]["name"], "New");
        inject_fault("TransactWriteItems");
        let secret = post("oauth-apps-rotate-secret", json!({"id": program.id})).await["client_secret"]
            .as_str()
            .unwrap()
            .to_owned();
        driftwood.program_token(&Program { client_secret: secret, ..program.clone() }).await.result();
        inject_fault("UpdateItem");
        post("oauth-apps-revoke", json!({"id": program.id})).await;
        inject_fault("TransactWriteItems");
        let contact = post("contacts-create", json!({"email": "c@example.com"})).await["contact"].clone();
        inject_fault("TransactWriteItems");
        post("contacts-update", json!({"id": contact["id"], "email": "d@example.com"})).await;
        inject_fault("UpdateItem");
        post("contacts-update", json!({"id": contact["id"], "name": "Dee"})).await;
        let list = post("contacts-list", json!({})).await;
        assert_eq!(
            (list["contacts"].as_array().unwrap().len(), list["contacts"][0]["name"].as_str()),
            (1, Some("Dee")),
            "{trouble:?}"
        );
        inject_fault("TransactWriteItems");
        post("contacts-delete", json!({"id": contact["id"]})).await;
        assert_eq!(post("contacts-list", json!({})).await["contacts"], json!([]), "{trouble:?}");
        inject_fault("TransactWriteItems");
        driftwood.post_as(&again.access_token, "auth-logout", json!({})).await.result();
        assert!(!driftwood.is_alive(&again.access_token).await, "{trouble:?}");
        inject_fault("TransactWriteItems");
        post("auth-logout", json!({"everywhere": true})).await;
        assert!(!driftwood.is_alive(&alice.access_token).await, "{trouble:?}");
        assert_eq!(driftwood.clear_faults(), troubles, "{trouble:?}: every injected fault happened");
    }
    assert_eq!(driftwood.count_items("Users").await, 3 * Trouble::PASSING.len(), "no user was duplicated");
}

#[tokio::test]
async fn a_lasting_fault_is_a_503_and_afterwards_the_same_request_succeeds() {
    let driftwood = TestServer::start().await;
    let (alice, bob) = (driftwood.alice().await, driftwood.alice().await);
    let program = driftwood.program(&alice, json!({"name": "Job"})).await;
    let contact = driftwood
        .post_as(&alice.access_token, "contacts-create", json!({"email": "c@example.com"}))
        .await
        .result()["contact"]
        .clone();
    let other = driftwood
        .post_as(&alice.access_token, "contacts-create", json!({"email": "o@example.com"}))
        .await
        .result()["contact"]
        .clone();
    let requests = [
        ("auth-login", "UpdateItem", json!({"email": alice.email, "password": PASSWORD})),
        ("auth-login", "GetItem", json!({"email": alice.email, "password": PASSWORD})),
        ("auth-login", "PutItem", json!({"email": alice.email, "password": PASSWORD})),
        ("auth-login", "PutItem AuditTable", json!({"email": alice.email, "password": PASSWORD})),
        ("auth-register", "UpdateItem", json!({"email": "new1@example.com", "password": PASSWORD, "name": "New"})),
        (
            "auth-register",
            "TransactWriteItems",
            json!({"email": "new2@example.com", "password": PASSWORD, "name": "New"}),
        ),
        ("auth-refresh-token", "BatchGetItem", json!({"refresh_token": alice.refresh_token})),
        ("auth-refresh-token", "UpdateItem", json!({"refresh_token": bob.refresh_token})),
        ("contacts-list", "BatchGetItem", json!({})),
        ("contacts-list", "Query", json!({})),
        ("contacts-create", "TransactWriteItems", json!({"email": "d@example.com"})),
        ("contacts-update", "UpdateItem", json!({"id": contact["id"], "name": "C"})),
        ("contacts-update", "TransactWriteItems", json!({"id": contact["id"], "email": "e@example.com"})),
        ("contacts-delete", "GetItem", json!({"id": contact["id"]})),
        ("contacts-delete", "TransactWriteItems", json!({"id": other["id"]})),
        ("oauth-apps-create", "TransactWriteItems", json!({"name": "Second"})),
        ("oauth-apps-list", "Query", json!({})),
        ("oauth-apps-update", "UpdateItem", json!({"id": program.id, "name": "New"})),
        ("oauth-apps-update", "PutItem AuditTable", json!({"id": program.id, "name": "Newer"})),
        ("oauth-apps-rotate-secret", "GetItem", json!({"id": program.id})),
        ("oauth-apps-rotate-secret", "TransactWriteItems", json!({"id": program.id})),
        ("oauth-apps-revoke", "UpdateItem", json!({"id": program.id})),
        ("oauth-apps-revoke", "PutItem AuditTable", json!({"id": program.id})),
        ("auth-logout", "TransactWriteItems", json!({})),
    ];
    for (name, operation, body) in requests {
        driftwood.inject_fault(operation, Trouble::Throttled, EVERY_TIME);
        let refused = driftwood.post_as(&alice.access_token, name, body.clone()).await;
        refused.refused(503, "unavailable");
        assert_eq!(refused.header("retry-after"), "1");
        assert!(driftwood.clear_faults() > 0, "{name} {operation}");
        driftwood.post_as(&alice.access_token, name, body).await.result();
    }
}

#[tokio::test]
async fn a_token_endpoint_without_a_database_never_reports_an_invalid_client() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let program = driftwood.program(&alice, json!({"name": "Job"})).await;
    driftwood.inject_fault("BatchGetItem", Trouble::TimeoutBefore, EVERY_TIME);
    let refused = driftwood.token_form(&[("authorization", &program.basic())], "grant_type=client_credentials").await;
    refused.refused_oauth(503, "temporarily_unavailable");
    assert_eq!(refused.header("retry-after"), "1");
    driftwood.program_token(&program).await.refused(503, "temporarily_unavailable");
    driftwood.clear_faults();
    driftwood.program_token(&program).await.result();
}

#[tokio::test]
async fn a_response_that_is_lost_every_time_ends_no_session() {
    for trouble in [Trouble::TimeoutAfter, Trouble::ResponseLost] {
        let driftwood = TestServer::start_with(&[("RefreshGraceSeconds", "60")]).await;
        let alice = driftwood.alice().await;
        driftwood.inject_fault("UpdateItem", trouble, EVERY_TIME);
        driftwood.refresh(&alice.refresh_token).await.refused(503, "unavailable");
        driftwood.clear_faults();
        let refreshed = Alice::from("", &driftwood.refresh(&alice.refresh_token).await.result());
        driftwood.refresh(&refreshed.refresh_token).await.result();
    }
}

#[tokio::test]
async fn a_registration_whose_response_is_lost_is_complete_or_nothing() {
    let driftwood = TestServer::start().await;
    let body = json!({"email": "lost@example.com", "password": PASSWORD, "name": "Lost"});
    driftwood.inject_fault("TransactWriteItems", Trouble::ResponseLost, EVERY_TIME);
    driftwood.post("auth-register", body.clone()).await.refused(503, "unavailable");
    driftwood.clear_faults();
    driftwood.post("auth-register", body).await.refused(409, "email_taken");
    driftwood.login("lost@example.com", PASSWORD).await.result();
    assert_eq!(driftwood.count_items("Users").await, 3);
}

#[tokio::test]
async fn strict_rotation_survives_a_lost_response_of_the_database() {
    for trouble in [Trouble::TimeoutAfter, Trouble::ResponseLost] {
        let driftwood = TestServer::start_with(&[("RefreshGraceSeconds", "0")]).await;
        let alice = driftwood.alice().await;
        driftwood.inject_fault("UpdateItem", trouble, 1);
        let refreshed = Alice::from("", &driftwood.refresh(&alice.refresh_token).await.result());
        driftwood.refresh(&refreshed.refresh_token).await.result();
    }
}

#[tokio::test]
async fn a_theft_is_still_detected_after_a_fault_of_the_database() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let new = Alice::from("", &driftwood.refresh(&alice.refresh_token).await.result());
    driftwood.advance(61);
    driftwood.inject_fault("TransactWriteItems", Trouble::Throttled, EVERY_TIME);
    driftwood.refresh(&alice.refresh_token).await.refused(503, "unavailable");
    driftwood.clear_faults();
    driftwood.refresh(&alice.refresh_token).await.refused(401, "invalid_refresh_token");
    driftwood.refresh(&new.refresh_token).await.refused(401, "invalid_refresh_token");
}

#[tokio::test]
async fn cached_keys_work_while_secrets_manager_is_unavailable() {
    let driftwood = TestServer::start().await;
    let (alice, bob) = (driftwood.alice().await, driftwood.alice().await);
    driftwood.refresh(&alice.refresh_token).await.result();
    driftwood.advance(301);
    driftwood.inject_fault("GetSecretValue", Trouble::TimeoutBefore, EVERY_TIME);
    driftwood.refresh(&bob.refresh_token).await.result();
    driftwood.advance(3_600);
    let carol = bob.clone();
    driftwood.refresh(&carol.refresh_token).await.refused(503, "unavailable");
    driftwood.clear_faults();
}
