//! `POST /api/events-list`

use serde_json::{Value, json};

use super::{FIRST, numbers, order, sequences};
use crate::harness::{Alice, PASSWORD, TestServer};

#[tokio::test]
async fn pages_follow_each_other_in_the_order_of_the_events() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    for number in 0..12 {
        driftwood.event(&alice, order(number)).await;
    }
    let (mut events, mut cursor, mut sizes) = (Vec::new(), json!(FIRST - 1), Vec::new());
    loop {
        let body = json!({"limit": 5, "cursor": cursor});
        let page = driftwood.post_as(&alice.access_token, "events-list", body).await.result();
        events.extend(page["events"].as_array().unwrap().clone());
        sizes.push(page["events"].as_array().unwrap().len());
        cursor = page["next_cursor"].clone();
        if cursor.is_null() {
            break;
        }
    }
    assert_eq!((sizes, sequences(&events)), (vec![5, 5, 2], (FIRST..FIRST + 12).collect()));
    assert_eq!(numbers(&events), (0..12).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_caller_continues_after_the_last_event() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let last = driftwood.event(&alice, order(1)).await["sequence"].clone();
    let after = |cursor: Value| driftwood.post_as(&alice.access_token, "events-list", json!({"cursor": cursor}));
    assert_eq!(after(last.clone()).await.result(), json!({"events": [], "next_cursor": null}));
    let next = driftwood.event(&alice, order(2)).await;
    assert_eq!(after(last.clone()).await.result()["events"], json!([next]));
    assert_eq!(after(json!(last.to_string())).await.result()["events"], json!([next]), "as a string too");
    assert_eq!(after(json!(u64::MAX)).await.result()["events"], json!([]));
}

#[tokio::test]
async fn events_can_be_filtered_by_type() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    for number in 0..9 {
        let kind = if number % 3 == 0 { "order.paid" } else { "order.placed" };
        driftwood.event(&alice, json!({"type": kind, "data": {"number": number}})).await;
    }
    let (mut found, mut body) = (Vec::new(), json!({"type": "order.paid", "limit": 2}));
    loop {
        let page = driftwood.post_as(&alice.access_token, "events-list", body.clone()).await.result();
        found.extend(page["events"].as_array().unwrap().clone());
        if page["next_cursor"].is_null() {
            break;
        }
        body["cursor"] = page["next_cursor"].clone();
    }
    assert_eq!(numbers(&found), [0, 3, 6]);
    let none = driftwood.post_as(&alice.access_token, "events-list", json!({"type": "contact.created"})).await.result();
    assert_eq!(none, json!({"events": [], "next_cursor": null}));
}

#[tokio::test]
async fn a_page_without_matches_has_a_next_cursor() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let mut paid = Value::Null;
    // A place in each block of a hundred numbers is enough.
    for block in 0..12 {
        driftwood.move_counter(&alice, block * 100 + 50).await;
        let kind = if block == 11 { "order.paid" } else { "order.placed" };
        paid = driftwood.event(&alice, json!({"type": kind, "data": {"number": block}})).await;
    }
    driftwood.advance(60);
    let body = json!({"type": "order.paid", "limit": 1, "cursor": FIRST});
    driftwood.calls();
    let page = driftwood.post_as(&alice.access_token, "events-list", body.clone()).await.result();
    assert_eq!(page, json!({"events": [], "next_cursor": "951"}));
    assert_eq!(driftwood.calls().iter().filter(|call| call.operation == "Query").count(), 11, "and no more");
    let body = json!({"type": "order.paid", "limit": 1, "cursor": page["next_cursor"]});
    let page = driftwood.post_as(&alice.access_token, "events-list", body).await.result();
    assert_eq!(page, json!({"events": [paid], "next_cursor": null}));
}

#[tokio::test]
async fn expired_events_are_not_shown_even_before_they_are_deleted() {
    let driftwood = TestServer::start_with(&[("EventRetentionDays", "2")]).await;
    let alice = driftwood.alice().await;
    driftwood.event(&alice, order(1)).await;
    driftwood.advance(86_400);
    let alice = Alice::from(&alice.email, &driftwood.login(&alice.email, PASSWORD).await.result());
    driftwood.event(&alice, order(2)).await;
    driftwood.advance(86_399);
    let alice = Alice::from(&alice.email, &driftwood.login(&alice.email, PASSWORD).await.result());
    assert_eq!(numbers(&driftwood.events(&alice).await), [1, 2]);
    driftwood.advance(1);
    assert_eq!(numbers(&driftwood.events(&alice).await), [2]);
    driftwood.advance(86_400);
    let alice = Alice::from(&alice.email, &driftwood.login(&alice.email, PASSWORD).await.result());
    assert_eq!(driftwood.events(&alice).await, [Value::Null; 0]);
    assert_eq!(driftwood.event(&alice, order(3)).await["sequence"], FIRST + 2, "no sequence number is reused");
}

#[tokio::test]
async fn mistakes_are_reported_field_by_field() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    for invalid in [json!("x"), json!(-1), json!(1.5), json!(""), json!("event#1"), json!([1]), json!(true)] {
        let body = json!({"cursor": invalid, "limit": 0, "type": "Order"});
        let reply = driftwood.post_as(&alice.access_token, "events-list", body).await;
        assert_eq!(reply.mistaken_fields(), ["cursor", "limit", "type"]);
    }
    let reply = driftwood.post_as(&alice.access_token, "events-list", json!({"limit": 101})).await;
    assert_eq!(reply.mistaken_fields(), ["limit"]);
}
