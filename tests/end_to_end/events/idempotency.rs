//! The header `Idempotency-Key`.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::publish::stored;
use super::{FIRST, numbers, order};
use crate::harness::{Alice, Reply, TestServer};

const DAY: u64 = 86_400;

async fn post(driftwood: &TestServer, alice: &Alice, key: &str, body: Value) -> Reply {
    driftwood.post_event_as(&alice.access_token, &[("idempotency-key", key)], body).await
}

#[tokio::test]
async fn the_same_request_gives_the_same_event_again() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let first = post(&driftwood, &alice, "17", order(17)).await;
    assert_eq!((first.status, first.header("idempotent-replayed")), (201, ""));
    driftwood.event(&alice, order(18)).await;
    driftwood.advance(60);
    // Spaces and the order of names are not significant.
    let again = post(
        &driftwood,
        &alice,
        "17",
        serde_json::from_str("{\"data\": {\"number\": 17}, \"type\": \"order.placed\"}").unwrap(),
    )
    .await;
    assert_eq!((again.status, again.header("idempotent-replayed")), (201, "true"));
    assert_eq!(first.json(), again.json());
    assert_eq!(numbers(&driftwood.events(&alice).await), [17, 18]);
}

#[tokio::test]
async fn another_request_with_the_same_key_is_refused_and_stores_nothing() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let body = json!({"type": "a", "data": {"number": 1}, "occurred_at": "2026-01-01T00:00:00Z"});
    assert_eq!(post(&driftwood, &alice, "key", body.clone()).await.status, 201);
    let others = [
        ("type", json!("b")),
        ("data", json!({"number": 2})),
        ("occurred_at", json!("2026-01-01T00:00:01Z")),
        ("occurred_at", Value::Null),
    ];
    for (name, value) in others {
        let mut other = body.clone();
        other[name] = value;
        post(&driftwood, &alice, "key", other).await.refused_resource(422, "idempotency_key_reused");
    }
    post(&driftwood, &alice, "key", json!({})).await.refused_resource(400, "invalid_input");
    assert_eq!(driftwood.events(&alice).await.len(), 1);
}

#[tokio::test]
async fn a_key_belongs_to_one_account() {
    let driftwood = TestServer::start().await;
    let (alice, bob) = (driftwood.alice().await, driftwood.alice().await);
    let hers = post(&driftwood, &alice, "key", order(1)).await.json();
    let his = post(&driftwood, &bob, "key", order(2)).await.json();
    assert_ne!(hers["id"], his["id"]);
    assert_eq!(numbers(&driftwood.events(&bob).await), [2]);
}

#[tokio::test]
async fn a_key_expires_after_a_day() {
    let driftwood = TestServer::start_with(&[("EventRetentionDays", "1")]).await;
    let alice = driftwood.alice().await;
    let token = |result: Value| Alice::from("", &result);
    let first = post(&driftwood, &alice, "key", order(1)).await.json();
    driftwood.advance(DAY - 1);
    let alice = token(driftwood.login(&alice.email, crate::harness::PASSWORD).await.result());
    assert_eq!(post(&driftwood, &alice, "key", order(1)).await.json()["id"], first["id"]);
    driftwood.advance(1);
    let second = post(&driftwood, &alice, "key", order(2)).await;
    assert_eq!((second.status, second.header("idempotent-replayed")), (201, ""));
    assert_eq!(second.json()["sequence"], FIRST + 1);
}

#[tokio::test]
async fn a_key_is_printable_ascii() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let long = "x".repeat(256);
    for invalid in ["", "a\tb", "käse", &long] {
        let error = post(&driftwood, &alice, invalid, order(1)).await.refused_resource(400, "invalid_input");
        assert_eq!(error["fields"].as_object().unwrap().keys().collect::<Vec<_>>(), ["Idempotency-Key"], "{invalid}");
    }
    let error = post(&driftwood, &alice, "", json!({})).await.refused_resource(400, "invalid_input");
    assert_eq!(error["fields"].as_object().unwrap().len(), 3, "all mistakes at once");
    assert_eq!(stored(&driftwood).await.len(), 0);
}

#[tokio::test]
async fn of_32_concurrent_equal_requests_there_is_one_event() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let replies = join_all((0..32).map(|_| post(&driftwood, &alice, "key", order(1)))).await;
    let ids: Vec<Value> = replies.iter().map(|reply| reply.json()["id"].clone()).collect();
    assert!(replies.iter().all(|reply| reply.status == 201) && ids.iter().all(|id| id.is_string() && *id == ids[0]));
    assert_eq!(replies.iter().filter(|reply| reply.header("idempotent-replayed").is_empty()).count(), 1);
    assert_eq!(driftwood.events(&alice).await.len(), 1);
}
