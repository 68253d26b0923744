//! `POST /api/users-disable` and `POST /api/users-enable`

use serde_json::{Value, json};

use crate::harness::{Alice, OPERATED, OPERATOR_ID, PASSWORD, TestServer, Trouble, audit_line};

async fn disable(driftwood: &TestServer, operator: &Alice, alice: &Alice) -> Value {
    let body = json!({"id": alice.user_id});
    driftwood.post_as(&operator.access_token, "users-disable", body).await.result()["user"].clone()
}

async fn enable(driftwood: &TestServer, operator: &Alice, alice: &Alice) -> Value {
    let body = json!({"id": alice.user_id});
    driftwood.post_as(&operator.access_token, "users-enable", body).await.result()["user"].clone()
}

#[tokio::test]
async fn a_disabled_user_loses_access_at_once_and_only_their_apps_work_again_after_enabling() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let operator = driftwood.operator().await;
    let visitor = driftwood.visitor();
    let email = visitor.signed_up().await;
    let alice = Alice::from(&email, &driftwood.login(&email, PASSWORD).await.result());
    let program = driftwood.program(&alice, json!({"name": "Job"})).await;
    let token_of = |reply: Value| reply["access_token"].as_str().unwrap().to_owned();
    let own = token_of(driftwood.program_token(&program).await.result());
    let client = driftwood.web_app().await;
    let tokens = client.exchange(&driftwood, visitor.approve(&client, &[]).await.code()).await.json();
    let (delegated, refresh_token) = (token_of(tokens.clone()), tokens["refresh_token"].as_str().unwrap());
    let pending_code = visitor.approve(&client, &[]).await.code().to_owned();
    let is_active = || async { client.introspect(&driftwood, &delegated).await["active"].as_bool().unwrap() };
    for token in [&alice.access_token, &own, &delegated] {
        assert!(driftwood.is_alive(token).await);
    }
    assert!(is_active().await);

    let user = disable(&driftwood, &operator, &alice).await;
    assert_eq!(
        (user["id"].as_str(), &user["disabled_at"]),
        (Some(&*alice.user_id), &json!(driftwood.clock.now().to_rfc3339()))
    );
    for token in [&alice.access_token, &own, &delegated] {
        assert!(!driftwood.is_alive(token).await);
    }
    assert!(!is_active().await);
    driftwood.refresh(&alice.refresh_token).await.refused(401, "invalid_refresh_token");
    client.refresh(&driftwood, refresh_token).await.refused_oauth(400, "invalid_grant");
    client.exchange(&driftwood, &pending_code).await.refused_oauth(400, "invalid_grant");
    driftwood.program_token(&program).await.refused(401, "invalid_client");
    driftwood.login(&email, PASSWORD).await.refused(401, "invalid_credentials");
    assert_eq!(visitor.get("/account").await.status, 303, "to the sign-in page");

    let user = enable(&driftwood, &operator, &alice).await;
    assert_eq!(user["disabled_at"], Value::Null);
    for token in [&alice.access_token, &delegated] {
        assert!(!driftwood.is_alive(token).await, "sessions are revoked permanently");
    }
    assert!(!is_active().await);
    driftwood.refresh(&alice.refresh_token).await.refused(401, "invalid_refresh_token");
    client.refresh(&driftwood, refresh_token).await.refused_oauth(400, "invalid_grant");
    assert_eq!(visitor.get("/account").await.status, 303);
    assert!(driftwood.is_alive(&own).await);
    driftwood.program_token(&program).await.result();
    driftwood.login(&email, PASSWORD).await.result();
}

#[tokio::test]
async fn a_repetition_changes_nothing() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let (operator, alice) = (driftwood.operator().await, driftwood.alice().await);
    let first = disable(&driftwood, &operator, &alice).await;
    driftwood.advance(10);
    assert_eq!(disable(&driftwood, &operator, &alice).await, first, "it has the time of the first");
    let enabled = enable(&driftwood, &operator, &alice).await;
    assert_eq!(enable(&driftwood, &operator, &alice).await, enabled);
    let fresh = Alice::from("", &driftwood.login(&alice.email, PASSWORD).await.result());
    enable(&driftwood, &operator, &alice).await;
    assert!(driftwood.is_alive(&fresh.access_token).await);
    let lines = driftwood.audit_lines(&fresh.access_token).await;
    let count = |wanted: &str| lines.iter().filter(|line| *line == wanted).count();
    assert_eq!((count("user.disabled succeeded"), count("user.enabled succeeded")), (1, 1), "{lines:?}");
}

#[tokio::test]
async fn the_audit_trail_of_the_account_names_the_operator() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let (operator, alice) = (driftwood.operator().await, driftwood.alice().await);
    driftwood.advance(1);
    disable(&driftwood, &operator, &alice).await;
    driftwood.advance(1);
    enable(&driftwood, &operator, &alice).await;
    let body = json!({"account_id": alice.claims()["account_id"]});
    let events = driftwood.trail(&operator.access_token, body).await;
    let lines: Vec<_> = events.iter().map(audit_line).collect();
    assert_eq!(lines, ["user.enabled succeeded", "user.disabled succeeded", "user.registered succeeded"]);
    for event in &events[..2] {
        assert_eq!((&event["user_id"], &event["subject"]), (&json!(OPERATOR_ID), &json!(alice.user_id)));
    }
    driftwood.assert_trail_is_clean().await;
}

#[tokio::test]
async fn operators_cannot_disable_themselves_or_an_unknown_user() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let operator = driftwood.operator().await;
    let call = |name: &'static str, body: Value| driftwood.post_as(&operator.access_token, name, body);
    call("users-disable", json!({"id": OPERATOR_ID})).await.refused(409, "conflict");
    assert!(driftwood.is_alive(&operator.access_token).await);
    assert_eq!(call("users-enable", json!({"id": OPERATOR_ID})).await.result()["user"]["disabled_at"], Value::Null);
    for name in ["users-disable", "users-enable"] {
        call(name, json!({"id": "01997042-7b50-7d3c-8a2f-000000000000"})).await.refused(404, "not_found");
        for body in [json!({}), json!({"id": "alice"}), json!({"id": 5})] {
            assert_eq!(call(name, body).await.mistaken_fields(), ["id"]);
        }
    }
}

#[tokio::test]
async fn an_operator_who_is_disabled_is_no_operator() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let (operator, alice) = (driftwood.operator().await, driftwood.alice().await);
    driftwood.operator_disables(&operator).await;
    let body = json!({"id": alice.user_id});
    driftwood.post_as(&operator.access_token, "users-disable", body).await.refused(401, "invalid_token");
    assert!(driftwood.is_alive(&alice.access_token).await);
}

#[tokio::test]
async fn of_many_concurrent_changes_one_counts_and_all_get_a_response() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let (operator, alice) = (driftwood.operator().await, driftwood.alice().await);
    let body = json!({"id": alice.user_id});
    let call = |name: &'static str| driftwood.post_as(&operator.access_token, name, body.clone());
    for replies in [
        futures_util::future::join_all((0..32).map(|_| call("users-disable"))).await,
        futures_util::future::join_all((0..32).map(|_| call("users-enable"))).await,
    ] {
        let first = replies[0].result();
        assert!(replies.iter().all(|reply| reply.result() == first));
    }
    let mixed = (0..32).map(|n| call(if n % 2 == 0 { "users-disable" } else { "users-enable" }));
    for reply in futures_util::future::join_all(mixed).await {
        // A request that loses every race gets a 503.
        assert!(reply.status == 200 || reply.status == 503, "{}", reply.text);
    }
    assert!(!driftwood.is_alive(&alice.access_token).await);
    call("users-enable").await.result();
    let fresh = Alice::from("", &driftwood.login(&alice.email, PASSWORD).await.result());
    let lines = driftwood.audit_lines(&fresh.access_token).await;
    let count = |wanted: &str| lines.iter().filter(|line| *line == wanted).count();
    assert_eq!(count("user.disabled succeeded"), count("user.enabled succeeded"), "each change once: {lines:?}");
}

#[tokio::test]
async fn faults_of_the_database_leave_nothing_half_done() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let operator = driftwood.operator().await;
    for trouble in
        [Trouble::Throttled, Trouble::Conflict, Trouble::TimeoutBefore, Trouble::TimeoutAfter, Trouble::ResponseLost]
    {
        let alice = driftwood.alice().await;
        driftwood.inject_fault("TransactWriteItems", trouble, 1);
        disable(&driftwood, &operator, &alice).await;
        driftwood.inject_fault("TransactWriteItems", trouble, 1);
        enable(&driftwood, &operator, &alice).await;
        assert_eq!(driftwood.clear_faults(), 2, "{trouble:?}");
        let body = json!({"account_id": alice.claims()["account_id"]});
        assert_eq!(driftwood.trail(&operator.access_token, body).await.len(), 3, "{trouble:?}: each recorded once");
    }
    let alice = driftwood.alice().await;
    let body = json!({"id": alice.user_id});
    for operation in ["BatchGetItem", "GetItem UsersTable", "TransactWriteItems"] {
        for name in ["users-disable", "users-enable"] {
            if name == "users-enable" {
                driftwood.operator_disables(&alice).await;
            }
            driftwood.inject_fault(operation, Trouble::Throttled, 50);
            let refused = driftwood.post_as(&operator.access_token, name, body.clone()).await;
            refused.refused(503, "unavailable");
            assert_eq!(refused.header("retry-after"), "1");
            assert!(driftwood.clear_faults() > 0);
            driftwood.post_as(&operator.access_token, name, body.clone()).await.result();
        }
    }
    driftwood.inject_fault("Query UsersTable", Trouble::Throttled, 50);
    driftwood.post_as(&operator.access_token, "users-list", json!({})).await.refused(503, "unavailable");
    driftwood.clear_faults();
    driftwood.post_as(&operator.access_token, "users-list", json!({})).await.result();
}
