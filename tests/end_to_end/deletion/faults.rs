//! A deletion that is interrupted at any step is completed, and until then the user has no access.

use std::collections::BTreeMap;

use serde_json::json;

use super::verified_full_user;
use crate::harness::{PASSWORD, TestServer, Trouble};
use crate::recovery::{events, mails};

/// More often than any call is retried.
const LASTING: usize = 50;

/// How often each operation of a deletion is called without faults.
async fn steps(driftwood: &TestServer, function: &str) -> BTreeMap<String, usize> {
    let mut steps = BTreeMap::new();
    for call in driftwood.calls().into_iter().filter(|call| call.function == function) {
        if ["Query", "BatchWriteItem", "TransactWriteItems", "DeleteItem"].contains(&call.operation.as_str()) {
            *steps.entry(call.operation).or_default() += 1;
        }
    }
    steps
}

#[tokio::test]
async fn a_request_that_is_interrupted_at_any_step_is_completed_by_the_purge() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let template = verified_full_user(&driftwood, &client).await;
    driftwood.calls();
    template.delete(&driftwood).await.result();
    let steps = steps(&driftwood, "users-delete").await;
    assert!(steps["BatchWriteItem"] >= 4 && steps["Query"] >= 4 && steps["TransactWriteItems"] == 2, "{steps:?}");
    for trouble in [Trouble::Throttled, Trouble::ResponseLost] {
        for (operation, count) in &steps {
            for step in 0..*count {
                let context = format!("{operation} {step} {trouble:?}");
                let owner = verified_full_user(&driftwood, &client).await;
                driftwood.inject_fault_in("users-delete", operation, Trouble::Nothing, step);
                driftwood.inject_fault_in("users-delete", operation, trouble, LASTING);
                let reply = owner.delete(&driftwood).await;
                assert!(driftwood.clear_faults() > 0, "{context}");
                let is_first = operation == "TransactWriteItems" && step == 0;
                if is_first {
                    reply.refused(503, "unavailable");
                } else {
                    assert_eq!(reply.status, 200, "{context}");
                }
                if is_first && trouble == Trouble::Throttled {
                    assert!(driftwood.is_alive(&owner.alice.access_token).await, "{context}: nothing was done");
                    owner.delete(&driftwood).await.result();
                }
                owner.assert_revoked(&driftwood, &client, &context).await;
                driftwood.server.run("users-purge").await.unwrap();
                owner.assert_revoked(&driftwood, &client, &context).await;
                driftwood.advance(301);
                driftwood.server.run("users-purge").await.unwrap();
                assert_eq!(owner.left(&driftwood).await, [""; 0], "{context}");
                assert_eq!(mails(&driftwood, &owner.alice.email, "Your account at"), 1, "{context}");
            }
        }
    }
    let deleted = events(&driftwood, "user.deleted").await;
    assert_eq!(deleted.len(), 1 + 2 * steps.values().sum::<usize>(), "each was deleted once");
}

#[tokio::test]
async fn a_purge_that_is_interrupted_at_any_step_is_completed_by_the_next_one() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    for trouble in [Trouble::Throttled, Trouble::ResponseLost] {
        for (operation, count) in [("Query", 5), ("BatchWriteItem", 4), ("TransactWriteItems", 1), ("DeleteItem", 1)] {
            for step in 0..count {
                let context = format!("{operation} {step} {trouble:?}");
                let owner = verified_full_user(&driftwood, &client).await;
                driftwood.inject_fault_in("users-delete", "Query", Trouble::Throttled, LASTING);
                owner.delete(&driftwood).await.result();
                assert!(driftwood.clear_faults() > 0, "{context}: all items are left");
                driftwood.advance(301);
                driftwood.inject_fault_in("users-purge", operation, Trouble::Nothing, step);
                driftwood.inject_fault_in("users-purge", operation, trouble, LASTING);
                assert!(driftwood.server.run("users-purge").await.is_err(), "{context}");
                assert!(driftwood.clear_faults() > 0, "{context}");
                driftwood.login(&owner.alice.email, PASSWORD).await.refused(401, "invalid_credentials");
                driftwood.server.run("users-purge").await.unwrap();
                assert_eq!(owner.left(&driftwood).await, [""; 0], "{context}");
                assert_eq!(mails(&driftwood, &owner.alice.email, "Your account at"), 1, "{context}");
            }
        }
    }
}

#[tokio::test]
async fn a_passing_fault_at_any_step_has_no_effect() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    for trouble in Trouble::PASSING {
        for operation in ["UpdateItem", "TransactWriteItems", "Query", "BatchWriteItem"] {
            if trouble == Trouble::Conflict && ["Query", "BatchWriteItem"].contains(&operation) {
                continue;
            }
            let context = format!("{operation} {trouble:?}");
            let owner = verified_full_user(&driftwood, &client).await;
            driftwood.inject_fault_in("users-delete", operation, trouble, 1);
            assert_eq!(owner.delete(&driftwood).await.status, 200, "{context}");
            assert_eq!(driftwood.clear_faults(), 1, "{context}");
            owner.assert_revoked(&driftwood, &client, &context).await;
            assert_eq!(owner.left(&driftwood).await.len(), 2, "{context}: the deletion record and the counter");
            assert_eq!(mails(&driftwood, &owner.alice.email, "Your account at"), 1, "{context}");
        }
    }
}

#[tokio::test]
async fn a_user_who_cannot_be_deleted_does_not_block_the_others() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let (one, two) = (verified_full_user(&driftwood, &client).await, verified_full_user(&driftwood, &client).await);
    for owner in [&one, &two] {
        driftwood.inject_fault_in("users-delete", "Query", Trouble::Throttled, LASTING);
        owner.delete(&driftwood).await.result();
        driftwood.clear_faults();
    }
    driftwood.advance(301);
    // Two queries read the deletion records, the next one belongs to the first user.
    driftwood.inject_fault_in("users-purge", "Query", Trouble::Nothing, 2);
    driftwood.inject_fault_in("users-purge", "Query", Trouble::Throttled, 3);
    let outcome = driftwood.server.run("users-purge").await;
    let left = [one.left(&driftwood).await.len(), two.left(&driftwood).await.len()];
    assert!(outcome.is_err() && left.iter().filter(|left| **left == 0).count() == 1, "{left:?}");
    driftwood.clear_faults();
    driftwood.server.run("users-purge").await.unwrap();
    assert_eq!([one.left(&driftwood).await, two.left(&driftwood).await], [[""; 0]; 2]);
}

#[tokio::test]
async fn updates_and_exports_work_despite_passing_database_faults() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.verified_alice().await;
    let update = || driftwood.post_as(&alice.access_token, "users-update", json!({"name": "New"}));
    let export = || driftwood.post_as(&alice.access_token, "users-export", json!({}));
    for trouble in Trouble::PASSING {
        driftwood.inject_fault("TransactWriteItems", trouble, 1);
        assert_eq!(update().await.result()["user"]["name"], "New", "{trouble:?}");
        driftwood.inject_fault("PutItem", trouble, 1);
        export().await.result();
        assert_eq!(driftwood.clear_faults(), 2, "{trouble:?}");
    }
    assert_eq!(events(&driftwood, "user.updated").await.len(), Trouble::PASSING.len());
    assert_eq!(events(&driftwood, "user.exported").await.len(), Trouble::PASSING.len());
    for operation in ["BatchGetItem", "PutItem", "Query"] {
        driftwood.inject_fault(operation, Trouble::Throttled, LASTING);
        export().await.refused(503, "unavailable");
        assert!(driftwood.clear_faults() > 0);
        export().await.result();
    }
    driftwood.inject_fault("TransactWriteItems", Trouble::Throttled, LASTING);
    update().await.refused(503, "unavailable");
    driftwood.clear_faults();
    update().await.result();
}
