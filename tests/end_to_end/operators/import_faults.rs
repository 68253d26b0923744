//! Imports that are raced, interrupted and repeated.

use serde_json::{Value, json};

use super::import::{outcomes, user};
use crate::harness::{OPERATED, TestServer, Trouble};

/// How many imported users there are, and how many events of imports.
async fn imported(driftwood: &TestServer) -> (usize, usize) {
    let of = |text: &'static str, table: &'static str| async move {
        driftwood.items(table).await.iter().filter(|item| format!("{item:?}").contains(text)).count()
    };
    (of("\"import_id\"", "Users").await, of("user.imported", "Audit").await)
}

#[tokio::test]
async fn of_many_imports_of_one_page_each_user_is_imported_once() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let operator = driftwood.operator().await;
    let users: Vec<Value> = (0..5).map(|number| user(&format!("user-{number}"))).collect();
    let reports = futures_util::future::join_all((0..8).map(|_| driftwood.import(&operator, &users))).await;
    let mut first = vec![Value::Null; users.len()];
    let mut count = 0;
    // A request that loses every race gets a 503, and is repeated.
    for report in reports.iter().filter(|report| report.status != 503).map(|report| report.result()) {
        for (line, id) in report["lines"].as_array().unwrap().iter().zip(&mut first) {
            assert!(["imported", "exists"].contains(&line["outcome"].as_str().unwrap()), "{line}");
            count += usize::from(line["outcome"] == "imported");
            assert!(id.is_null() || *id == line["user_id"], "all have one id");
            *id = line["user_id"].clone();
        }
    }
    assert!(count <= users.len());
    assert_eq!(outcomes(&driftwood.import(&operator, &users).await.result()), ["exists"; 5]);
    assert_eq!(imported(&driftwood).await, (5, 5));
}

#[tokio::test]
async fn of_two_users_with_one_address_one_is_imported() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let operator = driftwood.operator().await;
    for round in 0..4 {
        let line =
            |id: &str| json!({"import_id": format!("{id}-{round}"), "email": format!("ada.{round}@example.com")});
        let (a, b) = ([line("a")], [line("b")]);
        let (a, b) = tokio::join!(driftwood.import(&operator, &a), driftwood.import(&operator, &b));
        let (a, b) = (a.result(), b.result());
        let mut both = [outcomes(&a)[0], outcomes(&b)[0]];
        both.sort_unstable();
        assert_eq!(both, ["imported", "refused"]);
        let refused = if outcomes(&a)[0] == "refused" { &a } else { &b };
        assert_eq!(refused["lines"][0]["fields"], json!({"email": "belongs to another user"}));
    }
}

#[tokio::test]
async fn a_passing_fault_is_not_noticed() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let operator = driftwood.operator().await;
    let troubles =
        [Trouble::Throttled, Trouble::Conflict, Trouble::TimeoutBefore, Trouble::TimeoutAfter, Trouble::ResponseLost];
    for (number, trouble) in troubles.into_iter().enumerate() {
        driftwood.inject_fault("TransactWriteItems", trouble, 1);
        let report = driftwood.import(&operator, &[user(&format!("user-{number}"))]).await.result();
        assert_eq!((outcomes(&report)[0], driftwood.clear_faults()), ("imported", 1), "{trouble:?}");
    }
    assert_eq!(imported(&driftwood).await, (troubles.len(), troubles.len()));
}

#[tokio::test]
async fn an_interrupted_page_is_finished_by_its_repetition() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let operator = driftwood.operator().await;
    let users: Vec<Value> = (0..30).map(|number| user(&format!("user-{number}"))).collect();
    for trouble in [Trouble::Throttled, Trouble::ResponseLost] {
        for operation in ["BatchGetItem", "TransactWriteItems"] {
            driftwood.inject_fault(operation, trouble, 200);
            let refused = driftwood.import(&operator, &users).await;
            refused.refused(503, "unavailable");
            assert_eq!(refused.header("retry-after"), "1");
            driftwood.clear_faults();
        }
    }
    // Some of the transactions were done, and only their answers were lost.
    let report = driftwood.import(&operator, &users).await.result();
    let (imports, exist) = (&report["counts"]["imported"], &report["counts"]["exists"]);
    assert_eq!(imports.as_u64().unwrap() + exist.as_u64().unwrap(), 30);
    assert!(exist.as_u64().unwrap() > 0);
    assert_eq!(imported(&driftwood).await, (30, 30));
}

#[tokio::test]
async fn a_page_costs_a_batch_read_for_a_hundred_items_and_a_transaction_for_each_new_user() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let operator = driftwood.operator().await;
    driftwood.import(&operator, &[user("first")]).await.result();
    let users: Vec<Value> = (0..60).map(|number| user(&format!("user-{number}"))).collect();
    let import = async |expected: (usize, usize)| {
        driftwood.calls();
        driftwood.import(&operator, &users).await.result();
        let calls: Vec<_> = driftwood.calls().into_iter().filter(|call| call.function == "users-import").collect();
        let count = |operation: &str| calls.iter().filter(|call| call.operation == operation).count();
        assert_eq!((count("BatchGetItem"), count("TransactWriteItems")), expected);
        assert_eq!(calls.len(), expected.0 + expected.1);
    };
    // One batch read is that of every authenticated request; the users have 120 ids and addresses.
    import((1 + 2, 60)).await;
    import((1 + 2, 0)).await;
}
