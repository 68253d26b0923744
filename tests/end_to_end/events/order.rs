//! Events have an order without gaps, and none appears before one that was already read.

use futures_util::future::join_all;
use futures_util::{FutureExt, join};
use serde_json::json;

use super::{FIRST, numbers, order, sequences};
use crate::harness::TestServer;

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
async fn another_process_continues_the_sequence() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    driftwood.event(&alice, order(1)).await;
    // As another sandbox would: the counter moves without this process.
    let key = |name: &str, text: String| (name.to_owned(), aws_sdk_dynamodb::types::AttributeValue::S(text));
    let account = alice.claims()["account_id"].as_str().unwrap().to_owned();
    let number = aws_sdk_dynamodb::types::AttributeValue::N("41".to_owned());
    let update = driftwood.server.dynamodb.update_item().table_name(driftwood.server.table("Events"));
    let update =
        update.set_key(Some([key("pk", format!("account#{account}")), key("sk", "counter".to_owned())].into()));
    let update = update.update_expression("SET #sequence = :n").expression_attribute_names("#sequence", "sequence");
    update.expression_attribute_values(":n", number).send().await.unwrap();
    driftwood.calls();
    assert_eq!(driftwood.event(&alice, order(42)).await["sequence"], 42);
    // Without those of the functions that the stream calls.
    let operations = || -> Vec<String> {
        let calls = driftwood.calls().into_iter().filter(|call| call.function == "events-create");
        calls.map(|call| call.operation).collect()
    };
    let found = ["BatchGetItem", "TransactWriteItems", "TransactWriteItems"];
    assert_eq!(operations(), found, "the refusal has the number");
    driftwood.event(&alice, order(43)).await;
    assert_eq!(operations().len(), 2, "and the number is cached");
}
