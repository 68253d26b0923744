//! What happens to events when DynamoDB does not answer.

use serde_json::json;

use super::{FIRST, numbers, order, sequences};
use crate::harness::{TestServer, Trouble};

#[tokio::test]
async fn a_passing_fault_neither_loses_nor_duplicates_an_event() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let troubles =
        [Trouble::Throttled, Trouble::Conflict, Trouble::TimeoutBefore, Trouble::TimeoutAfter, Trouble::ResponseLost];
    let mut number = 0;
    for trouble in troubles {
        // With a key and without one: the transaction is idempotent.
        for headers in [&[][..], &[("idempotency-key", "once")]] {
            driftwood.inject_fault("TransactWriteItems", trouble, 1);
            let key = format!("{trouble:?}");
            let headers: Vec<(&str, &str)> = headers.iter().map(|(name, _)| (*name, key.as_str())).collect();
            let reply = driftwood.post_event_as(&alice.access_token, &headers, order(number)).await;
            assert_eq!((reply.status, reply.header("idempotent-replayed")), (201, ""), "{trouble:?} {}", reply.text);
            assert_eq!(driftwood.clear_faults(), 1);
            number += 1;
        }
    }
    let events = driftwood.events(&alice).await;
    assert_eq!(numbers(&events), (0..10).collect::<Vec<_>>());
    assert_eq!(sequences(&events), (FIRST..FIRST + 10).collect::<Vec<_>>());
}

#[tokio::test]
async fn an_event_whose_response_is_lost_is_found_again_by_its_key() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let post = || driftwood.post_event_as(&alice.access_token, &[("idempotency-key", "once")], order(1));
    // A refusal, too, would be lost, which tells the number of the last event.
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
    for (operation, trouble) in [
        ("TransactWriteItems", Trouble::Throttled),
        ("TransactWriteItems", Trouble::Conflict),
        ("TransactWriteItems", Trouble::TimeoutBefore),
        ("BatchGetItem", Trouble::Throttled),
    ] {
        driftwood.inject_fault(operation, trouble, 50);
        driftwood.post_event_as(&alice.access_token, &[], order(1)).await.refused_resource(503, "unavailable");
        driftwood.clear_faults();
        assert_eq!(super::publish::stored(&driftwood).await.len(), 0, "{operation} {trouble:?}");
    }
    driftwood.inject_fault("Query", Trouble::Throttled, 50);
    driftwood.post_as(&alice.access_token, "events-list", json!({})).await.refused(503, "unavailable");
    driftwood.clear_faults();
    assert_eq!(driftwood.event(&alice, order(1)).await["sequence"], FIRST);
}

#[tokio::test]
async fn a_replay_that_cannot_be_read_is_a_503() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let post = || driftwood.post_event_as(&alice.access_token, &[("idempotency-key", "once")], order(1));
    let first = post().await.json();
    driftwood.inject_fault("GetItem EventsTable", Trouble::TimeoutBefore, 50);
    post().await.refused_resource(503, "unavailable");
    driftwood.clear_faults();
    assert_eq!(post().await.json(), first);
}
