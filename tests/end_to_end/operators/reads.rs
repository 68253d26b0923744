//! What operators read is recorded, so that the owner of an account sees that they looked.

use serde_json::{Value, json};

use crate::harness::{Alice, OPERATED, OPERATOR_ID, TestServer, Trouble, audit_line};

const READS: [&str; 3] = ["trail.read succeeded", "user.read succeeded", "users.listed succeeded"];

/// The recorded reads in the trail of the caller's account, oldest first, with their operator and subject.
async fn reads(driftwood: &TestServer, alice: &Alice) -> Vec<(String, Value, Value)> {
    let events = driftwood.trail(&alice.access_token, json!({})).await;
    let mut reads: Vec<_> = events
        .iter()
        .map(|event| (audit_line(event), event["user_id"].clone(), event["subject"].clone()))
        .filter(|(line, ..)| READS.contains(&line.as_str()))
        .collect();
    reads.sort_by(|one, other| one.0.cmp(&other.0));
    reads
}

#[tokio::test]
async fn an_owner_sees_that_an_operator_looked_once_in_ten_minutes() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let (alice, bob) = (driftwood.alice().await, driftwood.alice().await);
    let operator = driftwood.operator().await;
    let account = alice.claims()["account_id"].clone();
    for _ in 0..3 {
        // Page by page, and again.
        driftwood.trail(&operator.access_token, json!({"account_id": account, "limit": 1})).await;
        driftwood.post_as(&operator.access_token, "users-list", json!({"email": alice.email})).await.result();
    }
    let trail = ("trail.read succeeded".to_owned(), json!(OPERATOR_ID), account.clone());
    let user = ("user.read succeeded".to_owned(), json!(OPERATOR_ID), json!(alice.user_id));
    assert_eq!(reads(&driftwood, &alice).await, [trail.clone(), user.clone()]);
    driftwood.advance(600);
    driftwood.trail(&operator.access_token, json!({"account_id": account})).await;
    assert_eq!(reads(&driftwood, &alice).await, [trail.clone(), trail, user]);
    assert_eq!(reads(&driftwood, &bob).await, []);
    driftwood.assert_trail_is_clean().await;
}

#[tokio::test]
async fn what_belongs_to_no_account_is_in_the_operators_own_trail() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let alice = driftwood.alice().await;
    let operator = driftwood.operator().await;
    let list = |body: Value| driftwood.post_as(&operator.access_token, "users-list", body);
    list(json!({"limit": 1})).await.result();
    list(json!({})).await.result();
    // An unknown address tells nothing about an account.
    list(json!({"email": "unknown@example.com"})).await.result();
    driftwood.trail(&operator.access_token, json!({"without_account": true})).await;
    let listed = ("users.listed succeeded".to_owned(), json!(OPERATOR_ID), Value::Null);
    let read = ("trail.read succeeded".to_owned(), json!(OPERATOR_ID), Value::Null);
    assert_eq!(reads(&driftwood, &operator).await, [read, listed]);
    assert_eq!(reads(&driftwood, &alice).await, []);
}

#[tokio::test]
async fn an_owners_reads_and_those_of_nothing_are_no_events() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let alice = driftwood.alice().await;
    let operator = driftwood.operator().await;
    let before = driftwood.count_items("Audit").await;
    driftwood.trail(&alice.access_token, json!({})).await;
    driftwood.trail(&alice.access_token, json!({"account_id": alice.claims()["account_id"]})).await;
    driftwood.trail(&operator.access_token, json!({})).await;
    for n in 0..3 {
        // Accounts that do not exist get no trail by being asked for.
        let account = format!("01997042-7b50-7d3c-8a2f-0c1d2e3f4a{n:02}");
        driftwood.trail(&operator.access_token, json!({"account_id": account})).await;
    }
    driftwood.post_as(&alice.access_token, "users-list", json!({})).await.refused(403, "forbidden");
    assert_eq!(driftwood.count_items("Audit").await, before);
}

#[tokio::test]
async fn an_operator_sees_nothing_that_is_not_recorded() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let alice = driftwood.alice().await;
    let operator = driftwood.operator().await;
    let account = alice.claims()["account_id"].clone();
    let asked = [("audit-list", json!({"account_id": account})), ("users-list", json!({"email": alice.email}))];
    for (name, body) in &asked {
        driftwood.inject_fault_in(name, "PutItem", Trouble::TimeoutBefore, 100);
        driftwood.post_as(&operator.access_token, name, body.clone()).await.refused(503, "unavailable");
        assert!(driftwood.clear_faults() > 0);
    }
    assert_eq!(reads(&driftwood, &alice).await, []);
    for (name, body) in &asked {
        // Lost responses, and reads at the same moment: one event each.
        driftwood.inject_fault_in(name, "PutItem", Trouble::ResponseLost, 1);
        let ask = || driftwood.post_as(&operator.access_token, name, body.clone());
        for reply in futures_util::future::join_all((0..4).map(|_| ask())).await {
            reply.result();
        }
    }
    assert_eq!(reads(&driftwood, &alice).await.len(), 2);
}
