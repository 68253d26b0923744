//! What happens to events when DynamoDB does not answer.

use futures_util::join;
use serde_json::{Value, json};

use super::{FIRST, numbers, order, sequences};
use crate::harness::{Alice, PASSWORD, Reply, TestServer, Trouble};

#[tokio::test]
async fn a_passing_fault_neither_loses_nor_duplicates_an_event() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let troubles =
        [Trouble::Throttled, Trouble::Conflict, Trouble::TimeoutBefore, Trouble::TimeoutAfter, Trouble::ResponseLost];
    let mut number = 0;
    for trouble in troubles {
        for operation in ["UpdateItem EventsTable", "PutItem", "TransactWriteItems"] {
            let with_key = operation == "TransactWriteItems";
            driftwood.inject_fault_in("events-create", operation, trouble, 1);
            let key = format!("{trouble:?}");
            let headers = [("idempotency-key", key.as_str())];
            let headers = if with_key { &headers[..] } else { &[] };
            let reply = driftwood.post_event_as(&alice.access_token, headers, order(number)).await;
            assert_eq!((reply.status, reply.header("idempotent-replayed")), (201, ""), "{trouble:?} {}", reply.text);
            assert_eq!(driftwood.clear_faults(), 1, "{operation}");
            number += 1;
        }
    }
    // A number whose answer was lost is taken twice, and readers wait for the first for a minute.
    driftwood.advance(60);
    let events = driftwood.events(&alice).await;
    assert_eq!(numbers(&events), (0..15).collect::<Vec<_>>());
    let skipped = [FIRST + 9, FIRST + 13];
    let taken = (FIRST..FIRST + 17).filter(|number| !skipped.contains(number));
    assert_eq!(sequences(&events), taken.collect::<Vec<_>>());
}

#[tokio::test]
async fn the_first_event_of_a_day_whose_number_is_lost_takes_another_one() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    driftwood.advance(86_400);
    let alice = Alice::from(&alice.email, &driftwood.login(&alice.email, PASSWORD).await.result());
    // The first write is refused, because the day has not begun, and the answer to the second is lost.
    driftwood.inject_fault_in("events-create", "UpdateItem EventsTable", Trouble::Nothing, 1);
    driftwood.inject_fault_in("events-create", "UpdateItem EventsTable", Trouble::ResponseLost, 1);
    let event = driftwood.event(&alice, order(1)).await;
    assert_eq!((driftwood.clear_faults(), &event["sequence"]), (1, &json!(FIRST + 1)));
    driftwood.advance(60);
    assert_eq!(driftwood.events(&alice).await, [event]);
}

#[tokio::test]
async fn an_event_whose_response_is_lost_is_found_again_by_its_key() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let post = || driftwood.post_event_as(&alice.access_token, &[("idempotency-key", "once")], order(1));
    let first = driftwood.event(&alice, order(0)).await;
    driftwood.inject_fault("TransactWriteItems", Trouble::ResponseLost, 50);
    let lost = post().await;
    lost.refused_resource(503, "unavailable");
    assert_eq!(lost.header("retry-after"), "1");
    driftwood.clear_faults();
    let again = post().await;
    assert_eq!((again.status, again.header("idempotent-replayed")), (201, "true"));
    assert_eq!(driftwood.events(&alice).await, [first, again.json()]);
}

#[tokio::test]
async fn a_lasting_fault_is_a_503_and_stores_nothing() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let key = [("idempotency-key", "once")];
    for (operation, trouble) in [
        ("UpdateItem EventsTable", Trouble::Throttled),
        ("UpdateItem EventsTable", Trouble::Conflict),
        ("PutItem", Trouble::TimeoutBefore),
        ("PutItem", Trouble::Conflict),
        ("TransactWriteItems", Trouble::Throttled),
        ("TransactWriteItems", Trouble::Conflict),
        ("TransactWriteItems", Trouble::TimeoutBefore),
        ("BatchGetItem", Trouble::Throttled),
    ] {
        driftwood.inject_fault_in("events-create", operation, trouble, 50);
        let headers = if operation == "TransactWriteItems" { &key[..] } else { &[] };
        driftwood.post_event_as(&alice.access_token, headers, order(1)).await.refused_resource(503, "unavailable");
        driftwood.clear_faults();
        assert_eq!(super::publish::stored(&driftwood).await.len(), 0, "{operation} {trouble:?}");
    }
    for operation in ["GetItem EventsTable", "Query"] {
        driftwood.inject_fault(operation, Trouble::Throttled, 50);
        driftwood.post_as(&alice.access_token, "events-list", json!({})).await.refused(503, "unavailable");
        driftwood.clear_faults();
    }
    let stored = driftwood.event(&alice, order(1)).await;
    driftwood.advance(60);
    assert_eq!(driftwood.events(&alice).await, [stored]);
}

#[tokio::test]
async fn a_replay_that_cannot_be_read_is_a_503() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let post = || driftwood.post_event_as(&alice.access_token, &[("idempotency-key", "once")], order(1));
    let first = post().await.json();
    for operation in ["BatchGetItem EventsTable", "GetItem EventsTable"] {
        driftwood.inject_fault(operation, Trouble::TimeoutBefore, 50);
        post().await.refused_resource(503, "unavailable");
        assert!(driftwood.clear_faults() > 0);
    }
    assert_eq!(post().await.json(), first);
}

/// Two requests with one key at once: the first to come has taken a number when the other one stores its event.
pub async fn of_two_at_once_the_first_is_late(
    driftwood: &TestServer,
    alice: &Alice,
    then: impl FnOnce(),
) -> (Reply, Reply) {
    let post = || driftwood.post_event_as(&alice.access_token, &[("idempotency-key", "once")], order(1));
    let late = driftwood.pause("TransactWriteItems");
    let second = async {
        late.has_come().await;
        let second = post().await;
        then();
        late.resume();
        second
    };
    let (first, second) = join!(post(), second);
    assert_eq!((second.status, second.header("idempotent-replayed")), (201, ""));
    (first, second)
}

#[tokio::test]
async fn the_number_of_a_request_that_lost_its_key_is_not_waited_for() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let (first, second) = of_two_at_once_the_first_is_late(&driftwood, &alice, || {}).await;
    assert_eq!((first.status, first.header("idempotent-replayed")), (201, "true"));
    assert_eq!(first.json(), second.json());
    assert_eq!(second.json()["sequence"], FIRST + 1);
    assert_eq!(driftwood.events(&alice).await, [second.json()]);
    assert_eq!(
        driftwood.items_of("Events", "event#").await.iter().filter(|item| item.contains_key("unused")).count(),
        1
    );
    let published = driftwood.server.event_bus.entries().len();
    assert_eq!(published, driftwood.all_events(&alice).await.len(), "it is no event for others, either");
}

#[tokio::test]
async fn a_number_that_could_not_be_marked_as_unused_is_waited_for_a_minute() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let fault = || driftwood.inject_fault_in("events-create", "PutItem", Trouble::Throttled, 50);
    let (first, second) = of_two_at_once_the_first_is_late(&driftwood, &alice, fault).await;
    driftwood.clear_faults();
    first.refused_resource(503, "unavailable");
    assert_eq!(driftwood.events(&alice).await, [Value::Null; 0]);
    driftwood.advance(60);
    assert_eq!(driftwood.events(&alice).await, [second.json()]);
}
