//! Failures of DynamoDB on the way: no event is lost.

use super::Installed;
use crate::harness::Trouble;

const PASSING: [Trouble; 5] =
    [Trouble::Throttled, Trouble::Conflict, Trouble::TimeoutBefore, Trouble::TimeoutAfter, Trouble::ResponseLost];
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
        ("webhooks-send", "GetItem"),
        ("webhooks-send", "BatchGetItem"),
        ("webhooks-send", "PutItem"),
        ("webhooks-send", "DeleteItem"),
    ] {
        for trouble in PASSING {
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
    for operation in ["UpdateItem", "GetItem", "BatchGetItem"] {
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
