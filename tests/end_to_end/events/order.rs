//! Events have an order, and none appears before one that was already read.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::join_all;
use futures_util::{FutureExt, join};
use serde_json::{Value, json};

use super::publish::stored;
use super::{FIRST, account_of, numbers, order, sequences};
use crate::harness::{Alice, PASSWORD, TestServer, Trouble};

type Item = HashMap<String, AttributeValue>;

/// A day in seconds.
const DAY: u64 = 86_400;

fn s(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn n(number: u64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// The sort key of an event.
fn sort(number: u64) -> AttributeValue {
    s(&format!("event#{number:0>20}"))
}

/// The page after a number.
async fn page_after(driftwood: &TestServer, alice: &Alice, cursor: u64) -> Value {
    driftwood.post_as(&alice.access_token, "events-list", json!({"cursor": cursor})).await.result()
}

/// The numbers of the events after a number.
async fn listed_after(driftwood: &TestServer, alice: &Alice, cursor: u64) -> Vec<u64> {
    sequences(page_after(driftwood, alice, cursor).await["events"].as_array().expect("a list"))
}

/// The calls of a function, without those of the functions that streams call.
fn operations(driftwood: &TestServer, function: &str) -> Vec<String> {
    let calls = driftwood.calls().into_iter().filter(|call| call.function == function);
    calls.map(|call| call.operation).collect()
}

async fn again(driftwood: &TestServer, alice: &Alice) -> Alice {
    Alice::from(&alice.email, &driftwood.login(&alice.email, PASSWORD).await.result())
}

#[tokio::test]
async fn of_32_concurrent_events_each_is_stored_once_and_no_sequence_number_is_skipped() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let posted = join_all((0..32).map(|number| driftwood.event(&alice, order(number)))).await;
    let events = driftwood.events(&alice).await;
    assert_eq!(sequences(&events), (FIRST..FIRST + 32).collect::<Vec<_>>());
    let mut orders = numbers(&events);
    orders.sort_unstable();
    assert_eq!(orders, (0..32).collect::<Vec<_>>());
    for event in posted {
        assert!(events.contains(&event), "the response is the stored event: {event}");
    }
}

#[tokio::test]
async fn the_first_event_of_a_day_costs_a_write_more() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    driftwood.event(&alice, order(1)).await;
    driftwood.advance(DAY);
    let alice = again(&driftwood, &alice).await;
    driftwood.calls();
    driftwood.event(&alice, order(2)).await;
    let written = operations(&driftwood, "events-create").into_iter().filter(|operation| !operation.contains("Get"));
    assert_eq!(written.collect::<Vec<_>>(), ["UpdateItem", "UpdateItem", "PutItem"]);
}

#[tokio::test]
async fn the_first_events_of_a_day_race_and_each_has_its_own_number() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    driftwood.event(&alice, order(0)).await;
    driftwood.advance(DAY);
    let alice = again(&driftwood, &alice).await;
    join_all((1..17).map(|number| driftwood.event(&alice, order(number)))).await;
    assert_eq!(sequences(&driftwood.events(&alice).await), (FIRST..FIRST + 17).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_reader_with_a_cursor_misses_nothing_while_others_write() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let writers = join_all((0..24).map(|number| driftwood.event(&alice, order(number)))).shared();
    let reader = async {
        let (mut seen, mut cursor) = (Vec::new(), json!(FIRST - 1));
        loop {
            let is_over = writers.clone().now_or_never().is_some();
            let page = driftwood.post_as(&alice.access_token, "events-list", json!({"cursor": cursor})).await.result();
            let events = page["events"].as_array().unwrap().clone();
            cursor = events.last().map_or(cursor, |event| event["sequence"].clone());
            seen.extend(events);
            if is_over {
                return seen;
            }
        }
    };
    let (_, seen) = join!(writers.clone(), reader);
    assert_eq!(sequences(&seen), (FIRST..FIRST + 24).collect::<Vec<_>>());
}

#[tokio::test]
async fn an_event_that_is_still_being_written_is_waited_for() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    driftwood.event(&alice, order(1)).await;
    // Another function took the next number, and has not stored its event yet.
    driftwood.move_counter(&alice, FIRST + 1).await;
    driftwood.event(&alice, order(3)).await;
    assert_eq!(listed_after(&driftwood, &alice, 0).await, [1, FIRST], "nothing behind it is shown");
    let next = page_after(&driftwood, &alice, FIRST).await;
    assert_eq!(next, json!({"events": [], "next_cursor": null}));
    let mut item = stored(&driftwood).await.pop().expect("an event");
    item.extend([("sk".to_owned(), sort(FIRST + 1)), ("sequence".to_owned(), n(FIRST + 1))]);
    driftwood.put_item("Events", item).await;
    assert_eq!(listed_after(&driftwood, &alice, FIRST).await, [FIRST + 1, FIRST + 2], "it comes in its order");
}

#[tokio::test]
async fn a_number_whose_event_was_lost_is_passed_over_after_a_minute() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    driftwood.event(&alice, order(1)).await;
    driftwood.inject_fault_in("events-create", "PutItem", Trouble::TimeoutBefore, 50);
    driftwood.post_event_as(&alice.access_token, &[], order(2)).await.refused_resource(503, "unavailable");
    driftwood.clear_faults();
    driftwood.event(&alice, order(3)).await;
    driftwood.advance(59);
    assert_eq!(listed_after(&driftwood, &alice, FIRST).await, [0; 0]);
    driftwood.advance(1);
    assert_eq!(listed_after(&driftwood, &alice, FIRST).await, [FIRST + 2]);
}

#[tokio::test]
async fn events_are_read_across_blocks_of_numbers_and_numbers_without_events() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    for (counter, number) in [(97, 98), (98, 99), (99, 100), (100, 101), (450, 451), (1_098, 1_099)] {
        driftwood.move_counter(&alice, counter).await;
        assert_eq!(driftwood.event(&alice, order(1)).await["sequence"], number);
    }
    driftwood.advance(60);
    driftwood.calls();
    assert_eq!(listed_after(&driftwood, &alice, 97).await, [98, 99, 100, 101, 451]);
    assert_eq!(listed_after(&driftwood, &alice, 451).await, [1_099]);
    assert_eq!(listed_after(&driftwood, &alice, 1_099).await, [0; 0]);
    let body = json!({"cursor": 98, "limit": 2});
    let page = driftwood.post_as(&alice.access_token, "events-list", body).await.result();
    assert_eq!((sequences(page["events"].as_array().unwrap()), &page["next_cursor"]), (vec![99, 100], &json!("100")));
}

/// Stores the items of an account as an earlier version did, all in one partition, but for the events with these numbers.
async fn move_to_earlier(driftwood: &TestServer, alice: &Alice, but: &[u64]) {
    let account = account_of(alice);
    let kept: Vec<AttributeValue> = but.iter().map(|number| sort(*number)).collect();
    for item in driftwood.items("Events").await {
        let (pk, sk) = (item["pk"].as_s().unwrap().clone(), item["sk"].as_s().unwrap().clone());
        if pk.ends_with(&account) || !pk.contains(&account) || kept.contains(&item["sk"]) {
            continue;
        }
        driftwood.delete_item("Events", &pk, &sk).await;
        let place = [("pk".to_owned(), s(&format!("account#{account}")))];
        driftwood.put_item("Events", item.into_iter().chain(place).collect::<Item>()).await;
    }
}

#[tokio::test]
async fn large_events_of_an_earlier_version_are_all_read() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    // More than one query reads.
    for number in 0..45 {
        let data = json!({"number": number, "text": "x".repeat(30_000)});
        driftwood.event(&alice, json!({"type": "order.placed", "data": data})).await;
    }
    move_to_earlier(&driftwood, &alice, &[FIRST + 40]).await;
    assert_eq!(numbers(&driftwood.events(&alice).await), (0..45).collect::<Vec<_>>());
}

#[tokio::test]
async fn the_events_of_an_earlier_version_are_read_before_and_between_new_ones() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let key = [("idempotency-key", "once")];
    let first = driftwood.post_event_as(&alice.access_token, &key, order(0)).await.json();
    for number in 1..5 {
        driftwood.event(&alice, order(number)).await;
    }
    let before = driftwood.all_events(&alice).await;
    // One event stays, as if the versions ran side by side.
    move_to_earlier(&driftwood, &alice, &[FIRST + 2]).await;
    assert_eq!(driftwood.all_events(&alice).await, before);
    assert_eq!(listed_after(&driftwood, &alice, FIRST + 3).await, [FIRST + 4]);
    let again = driftwood.post_event_as(&alice.access_token, &key, order(0)).await;
    assert_eq!((again.header("idempotent-replayed"), again.json()), ("true", first), "its keys are known, too");
    assert_eq!(driftwood.event(&alice, order(5)).await["sequence"], FIRST + 5);
    assert_eq!(driftwood.all_events(&alice).await.len(), before.len() + 1);
}

#[tokio::test]
async fn a_reader_that_begins_anew_does_not_read_what_has_expired_long_ago() {
    let driftwood = TestServer::start_with(&[("EventRetentionDays", "2")]).await;
    let alice = driftwood.alice().await;
    driftwood.event(&alice, order(1)).await;
    driftwood.move_counter(&alice, 200_000).await;
    driftwood.advance(DAY);
    let alice = again(&driftwood, &alice).await;
    driftwood.event(&alice, order(2)).await;
    driftwood.advance(DAY);
    let alice = again(&driftwood, &alice).await;
    assert_eq!(driftwood.event(&alice, order(3)).await["sequence"], 200_002);
    driftwood.advance(DAY - 1);
    let alice = again(&driftwood, &alice).await;
    driftwood.calls();
    assert_eq!(listed_after(&driftwood, &alice, 0).await, [0; 0], "as far as the first day may have some");
    driftwood.advance(1);
    let alice = again(&driftwood, &alice).await;
    driftwood.calls();
    assert_eq!(listed_after(&driftwood, &alice, 0).await, [200_002]);
    assert_eq!(operations(&driftwood, "events-list"), ["BatchGetItem", "GetItem", "Query"]);
}
