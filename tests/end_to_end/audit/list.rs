//! `POST /api/audit-list`

use std::collections::BTreeSet;

use serde_json::{Value, json};
use shared::domain::token::access_token::{AccessTokenClaims, TYP, TokenType};

use crate::harness::{Alice, OPERATED, PASSWORD, TestServer, audit_line};

/// The same token with the type `admin`, correctly signed.
async fn as_admin(driftwood: &TestServer, alice: &Alice) -> String {
    let app = &driftwood.server.apps["auth-login"];
    let claims: AccessTokenClaims = serde_json::from_value(alice.claims()).expect("claims");
    let claims = AccessTokenClaims { token_type: TokenType::Admin, ..claims };
    let keys = app.keys.signing().await.expect("keys");
    let token = keys.sign(app.config.signing_algorithm, TYP, &claims, driftwood.clock.now()).expect("a token");
    driftwood.keep_secret(token.expose());
    token.expose().to_owned()
}

#[tokio::test]
async fn owners_read_their_account_and_operators_read_all() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let (alice, bob) = (driftwood.alice().await, driftwood.alice().await);
    let operator = driftwood.operator().await;
    let account = |alice: &Alice| alice.claims()["account_id"].clone();
    let list = |token: &str, body: Value| {
        let (driftwood, token) = (&driftwood, token.to_owned());
        async move { driftwood.post_as(&token, "audit-list", body).await }
    };
    list("", json!({})).await.refused(401, "unauthorized");
    let own = list(&alice.access_token, json!({})).await.result();
    assert_eq!(own["events"][0]["user_id"], alice.user_id.as_str());
    assert_eq!(list(&alice.access_token, json!({"account_id": account(&alice)})).await.result(), own);
    for foreign in [json!({"account_id": account(&bob)}), json!({"without_account": true})] {
        list(&alice.access_token, foreign.clone()).await.refused(403, "forbidden");
        list(&operator.access_token, foreign).await.result();
    }
    let unknown = json!({"account_id": "01997042-7b50-7d3c-8a2f-0c1d2e3f4a5b"});
    list(&alice.access_token, unknown.clone()).await.refused(403, "forbidden");
    assert_eq!(list(&operator.access_token, unknown).await.result()["events"], json!([]));
    let seen = list(&operator.access_token, json!({"account_id": account(&alice)})).await.result();
    assert_eq!(seen, own, "an operator sees what the owner sees");

    let program = driftwood.program(&alice, json!({"name": "Job"})).await;
    let token = driftwood.program_token(&program).await.result()["access_token"].as_str().unwrap().to_owned();
    list(&token, json!({})).await.refused(403, "forbidden");
    let client = driftwood.spa().await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let tokens = client.exchange(&driftwood, visitor.approve(&client, &[]).await.code()).await.json();
    list(tokens["access_token"].as_str().unwrap(), json!({})).await.refused(403, "forbidden");

    // A claim in a token makes no user an operator.
    let forged = as_admin(&driftwood, &alice).await;
    list(&forged, json!({"without_account": true})).await.refused(403, "forbidden");
    list(&forged, json!({})).await.result();

    driftwood.demote(&bob).await;
    list(&bob.access_token, json!({})).await.refused(403, "forbidden");
    driftwood.demote(&operator).await;
    list(&operator.access_token, json!({})).await.result();
}

#[tokio::test]
async fn pages_have_every_event_once() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let mut expected = vec!["user.registered succeeded".to_owned()];
    driftwood.advance(1);
    for n in 0..24 {
        // Several in one second, too.
        driftwood.advance(n % 2);
        driftwood.program(&alice, json!({"name": format!("Job {n}")})).await;
        expected.push("app.created succeeded".to_owned());
    }
    expected.reverse();
    let ids = |events: &[Value]| events.iter().map(|event| event["id"].clone()).collect::<Vec<_>>();
    let all = driftwood.trail(&alice.access_token, json!({"limit": 100})).await;
    assert_eq!(all.iter().map(audit_line).collect::<Vec<_>>(), expected);
    assert_eq!(ids(&all).iter().map(Value::to_string).collect::<BTreeSet<_>>().len(), 25);
    assert!(all.windows(2).all(|pair| pair[0]["at"].as_str() >= pair[1]["at"].as_str()));
    for limit in [1, 7, 24, 25, 26] {
        assert_eq!(ids(&driftwood.trail(&alice.access_token, json!({"limit": limit})).await), ids(&all), "{limit}");
    }
    // An event between two pages is newer: it is not on the second page and does not shift it.
    let list = |body: Value| driftwood.post_as(&alice.access_token, "audit-list", body);
    let first = list(json!({"limit": 10})).await.result();
    driftwood.advance(1);
    driftwood.program(&alice, json!({"name": "Late"})).await;
    let second = list(json!({"limit": 10, "cursor": first["next_cursor"]})).await.result();
    assert_eq!(ids(second["events"].as_array().unwrap()), ids(&all[10..20]));
    assert_eq!(list(json!({})).await.result()["events"].as_array().unwrap().len(), 26, "the default limit is 50");
}

#[tokio::test]
async fn a_cursor_of_another_trail_shows_nothing_of_it() {
    let driftwood = TestServer::start().await;
    let (alice, bob) = (driftwood.alice().await, driftwood.alice().await);
    driftwood.advance(1);
    driftwood.program(&bob, json!({"name": "Job"})).await;
    let cursor = driftwood.trail(&bob.access_token, json!({})).await[0]["id"].clone();
    let events = driftwood.trail(&alice.access_token, json!({"cursor": cursor})).await;
    assert!(events.iter().all(|event| event["user_id"] == alice.user_id.as_str()), "{events:?}");
}

#[tokio::test]
async fn an_expired_event_is_not_shown_even_before_it_is_deleted() {
    let driftwood = TestServer::start_with(&[("AuditRetentionDays", "2")]).await;
    let alice = driftwood.alice().await;
    for _ in 0..5 {
        driftwood.login(&alice.email, PASSWORD).await.result();
    }
    driftwood.advance(86_400);
    let alice = Alice::from(&alice.email, &driftwood.login(&alice.email, PASSWORD).await.result());
    assert_eq!(driftwood.trail(&alice.access_token, json!({"limit": 3})).await.len(), 7);
    driftwood.advance(86_400);
    let alice = Alice::from(&alice.email, &driftwood.login(&alice.email, PASSWORD).await.result());
    for limit in [1, 2, 3, 50] {
        let left = driftwood.audit_lines(&alice.access_token).await;
        assert_eq!(left, ["user.signed_in succeeded"; 2]);
        assert_eq!(driftwood.trail(&alice.access_token, json!({"limit": limit})).await.len(), 2, "{limit}");
    }
}

#[tokio::test]
async fn an_invalid_body_is_refused_with_the_wrong_fields() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let list = |body: Value| driftwood.post_as(&alice.access_token, "audit-list", body);
    for (body, mistaken) in [
        (json!({"limit": 0, "cursor": "x", "account_id": 5}), vec!["account_id", "cursor", "limit"]),
        (json!({"limit": 101, "without_account": "yes"}), vec!["limit", "without_account"]),
        (json!({"account_id": alice.claims()["account_id"], "without_account": true}), vec!["without_account"]),
    ] {
        assert_eq!(list(body).await.mistaken_fields(), mistaken);
    }
}
