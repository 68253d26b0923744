//! Failures of DynamoDB on the way: no event is lost.

use std::sync::Arc;

use shared::lambda::BatchResponse;

use super::Installed;
use crate::events::publish::{stored, streamed};
use crate::harness::Trouble;

/// More often than any request is retried.
const EVERY_TIME: usize = 50;

#[tokio::test]
async fn a_passing_fault_of_either_function_is_not_noticed() {
    let installed = Installed::start().await;
    let mut number = 0;
    for (function, operation) in [
        ("webhooks-queue", "Query"),
        ("webhooks-queue", "BatchGetItem"),
        ("webhooks-queue", "PutItem"),
        ("webhooks-send", "UpdateItem"),
        ("webhooks-send", "BatchGetItem"),
        ("webhooks-send", "PutItem"),
        ("webhooks-send", "DeleteItem"),
    ] {
        for trouble in Trouble::PASSING {
            let is_read = matches!(operation, "Query" | "BatchGetItem" | "GetItem");
            if is_read && trouble == Trouble::Conflict {
                continue;
            }
            number += 1;
            installed.driftwood.inject_fault_in(function, operation, trouble, 1);
            installed.order(number).await;
            assert_eq!(installed.driftwood.clear_faults(), 1, "{function} {operation} {trouble:?}");
            assert_eq!(installed.waiting().await, 0, "{function} {operation} {trouble:?}");
        }
    }
    assert_eq!(installed.numbers(), (1..=u64::try_from(number).unwrap()).collect::<Vec<_>>());
}

#[tokio::test]
async fn an_event_that_could_not_be_queued_is_queued_before_the_next_one() {
    let installed = Installed::start().await;
    for operation in ["Query", "BatchGetItem", "PutItem"] {
        let before = installed.numbers().len();
        installed.driftwood.inject_fault_in("webhooks-queue", operation, Trouble::TimeoutBefore, EVERY_TIME);
        installed.order(1).await;
        assert!(installed.driftwood.clear_faults() > 0);
        assert_eq!(installed.numbers().len(), before, "{operation}");
        installed.order(2).await;
        // They are sent at the same time.
        let mut numbers = installed.numbers()[before..].to_vec();
        numbers.sort_unstable();
        assert_eq!(numbers, [1, 2], "{operation}");
    }
}

#[tokio::test]
async fn an_event_that_could_not_be_sent_or_put_off_is_sent_later() {
    let installed = Installed::start().await;
    for operation in ["UpdateItem", "BatchGetItem"] {
        let before = installed.numbers().len();
        installed.driftwood.inject_fault_in("webhooks-send", operation, Trouble::TimeoutBefore, EVERY_TIME);
        installed.order(1).await;
        assert!(installed.driftwood.clear_faults() > 0);
        assert_eq!((installed.numbers().len(), installed.waiting().await), (before, 1), "{operation}");
        installed.driftwood.advance(120);
        installed.run().await;
        assert_eq!((installed.numbers().len(), installed.waiting().await), (before + 1, 0), "{operation}");
    }
}

#[tokio::test]
async fn a_record_of_the_stream_that_comes_twice_is_queued_once() {
    let installed = Installed::start().await;
    let driftwood = &installed.driftwood;
    driftwood.inject_fault_in("webhooks-send", "UpdateItem", Trouble::TimeoutBefore, EVERY_TIME);
    installed.order(1).await;
    assert!(driftwood.clear_faults() > 0 && installed.waiting().await == 1);
    driftwood.advance(10);
    let event = streamed(&stored(driftwood).await);
    let app = &driftwood.server.apps["webhooks-queue"];
    let handle = || webhooks_queue::handle(Arc::clone(app), event.clone());
    for outcome in futures_util::future::join_all((0..8).map(|_| handle())).await {
        assert_eq!(outcome.expect("a response"), BatchResponse::default());
    }
    assert_eq!(installed.waiting().await, 1);
    installed.run().await;
    assert_eq!((installed.numbers(), installed.waiting().await), (vec![1], 0));
}
