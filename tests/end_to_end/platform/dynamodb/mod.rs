//! Our requests to DynamoDB beside those of AWS's SDK: the same requests, the same answers, the same errors, as many tries.

mod both;
mod tries;

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    AttributeValue, CancellationReason, ConditionCheck, Delete, DeleteRequest, KeysAndAttributes, Put,
    ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update, WriteRequest,
};
use serde_json::{Value, json};
use shared::dynamodb::{
    BatchGet, BatchGot, BatchWrite, BatchWritten, Change, Done, Error, Get, Got, Keys, Names, Operation, Queried,
    Query, Reason, Transact, TransactItem,
};
use uuid::Uuid;

use self::both::{
    Both, Outcome, delete, get, item, item_as_json, key, ours, put, sdk_item, shown, theirs, update, values,
};

#[tokio::test]
async fn single_items_are_written_and_read_as_the_sdk_does() {
    let both = Both::start().await;
    let whole = json!({"pk": "user#1", "sk": "a", "name": "é \" \\ 🌲 \u{1}", "count": 7});
    let stored =
        json!({"pk": {"S": "user#1"}, "sk": {"S": "a"}, "name": {"S": "é \" \\ 🌲 \u{1}"}, "count": {"N": "7"}});
    let same = |[ours, theirs]: [Outcome; 2], expected: Outcome| {
        assert_eq!(ours, expected);
        assert_eq!(theirs, expected);
        both.assert_same_requests();
    };
    same(get(&both, &key("a")).await, Ok(None));
    same(put(&both, &whole, Some("attribute_not_exists(pk)")).await, Ok(None));
    let refused = |item: Option<Value>| Err(("ConditionalCheckFailedException".to_owned(), item));
    same(put(&both, &whole, Some("attribute_not_exists(pk)")).await, refused(Some(stored.clone())));
    same(get(&both, &key("a")).await, Ok(Some(stored.clone())));
    let mut changed = stored;
    changed["count"] = json!({"N": "10"});
    same(update(&both, &key("a"), "ADD #count :n", &[(":n", json!(3))]).await, Ok(Some(changed)));
    same(update(&both, &key("b"), "ADD #count :n", &[(":n", json!(3))]).await, refused(None));
    same(delete(&both, &key("a"), Some("attribute_not_exists(pk)")).await, refused(None));
    same(delete(&both, &key("a"), None).await, Ok(None));
    same(delete(&both, &key("a"), None).await, Ok(None));
    let invalid = || Err(("ValidationException".to_owned(), None));
    same(put(&both, &json!({"pk": "user#1"}), None).await, invalid());
    same(update(&both, &key("a"), "ADD", &[(":n", json!(3))]).await, invalid());
}

#[tokio::test]
async fn a_table_that_does_not_exist_is_the_same_error() {
    let both = Both::start().await;
    let request = Get { table_name: "nowhere", key: item(&key("a")), consistent_read: true };
    let first = ours(both.ours.call::<Got>(Operation::GetItem, &request).await, |got| got.item);
    let request = both.sdk.get_item().table_name("nowhere").set_key(Some(sdk_item(&key("a")))).consistent_read(true);
    let second = theirs(request.send().await, |got| got.item, |_| None);
    assert_eq!((&first, &second), (&Err(("ResourceNotFoundException".to_owned(), None)), &first));
    both.assert_same_requests();
}

#[tokio::test]
async fn batches_of_several_tables_are_read_and_deleted_as_the_sdk_does() {
    let both = Both::start().await;
    for sk in ["a", "b"] {
        assert_eq!(put(&both, &key(sk), None).await, [Ok(None), Ok(None)]);
    }
    both.assert_same_requests();
    let contacts = |of: usize| both.tables[of].server.table("Contacts").to_owned();
    let (users, others) = (both.table(0), contacts(0));
    let keys =
        |sort_keys: &[&str]| Keys { keys: sort_keys.iter().map(|sk| item(&key(sk))).collect(), consistent_read: true };
    let request = BatchGet(vec![(users.as_str(), keys(&["a", "b", "c"])), (others.as_str(), keys(&["a"]))]);
    let got: BatchGot = both.ours.call(Operation::BatchGetItem, &request).await.unwrap();
    assert!(got.unprocessed_keys.is_empty());
    let theirs = |sort_keys: &[&str]| {
        let keys = sort_keys.iter().map(|sk| sdk_item(&key(sk))).collect();
        KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true).build().unwrap()
    };
    let request = both.sdk.batch_get_item().request_items(both.table(1), theirs(&["a", "b", "c"]));
    let output = request.request_items(contacts(1), theirs(&["a"])).send().await.unwrap();
    both.assert_same_requests();
    let sorted = |mut items: Vec<Value>| {
        items.sort_by_key(Value::to_string);
        items
    };
    let first = sorted(got.responses[&users].iter().map(|item| serde_json::to_value(item).unwrap()).collect());
    let second = sorted(output.responses.unwrap()[&both.table(1)].iter().map(item_as_json).collect());
    assert_eq!(
        first,
        [json!({"pk": {"S": "user#1"}, "sk": {"S": "a"}}), json!({"pk": {"S": "user#1"}, "sk": {"S": "b"}})]
    );
    assert_eq!(first, second);
    assert!(got.responses.get(&others).is_none_or(Vec::is_empty));

    let request = BatchWrite(&users, vec![item(&key("a")), item(&key("c"))]);
    let written: BatchWritten = both.ours.call(Operation::BatchWriteItem, &request).await.unwrap();
    assert!(written.unprocessed_items.is_empty());
    let delete = |sk: &str| {
        let request = DeleteRequest::builder().set_key(Some(sdk_item(&key(sk)))).build().unwrap();
        WriteRequest::builder().delete_request(request).build()
    };
    let request = both.sdk.batch_write_item().request_items(both.table(1), vec![delete("a"), delete("c")]);
    request.send().await.unwrap();
    both.assert_same_requests();
    assert_eq!(get(&both, &key("a")).await, [Ok(None), Ok(None)]);
}

#[tokio::test]
async fn lists_are_read_page_by_page_as_the_sdk_does() {
    let both = Both::start().await;
    for n in 0..5 {
        let of = json!({"pk": "user#1", "sk": format!("item#{n}"), "n": n});
        assert_eq!(put(&both, &of, None).await, [Ok(None), Ok(None)]);
    }
    both.assert_same_requests();
    for forward in [true, false] {
        let (mut first, mut second) = (Vec::new(), Vec::new());
        let (mut next, mut sdk_next) = (None, None);
        loop {
            let request = Query {
                table_name: both.table(0),
                index_name: None,
                key_condition_expression: "pk = :pk AND begins_with(sk, :prefix)",
                filter_expression: Some("n <> :not"),
                projection_expression: Some("pk, sk"),
                expression_attribute_names: Names::default(),
                expression_attribute_values: values(&[
                    (":pk", json!("user#1")),
                    (":prefix", json!("item#")),
                    (":not", json!(3)),
                ]),
                scan_index_forward: forward,
                consistent_read: true,
                limit: Some(2),
                exclusive_start_key: next,
            };
            let page: Queried = both.ours.call(Operation::Query, &request).await.unwrap();
            first.extend(page.items.iter().map(|item| serde_json::to_value(item).unwrap()));
            next = page.last_evaluated_key;
            let request = both
                .sdk
                .query()
                .table_name(both.table(1))
                .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
                .filter_expression("n <> :not")
                .projection_expression("pk, sk")
                .expression_attribute_values(":pk", AttributeValue::S("user#1".to_owned()))
                .expression_attribute_values(":prefix", AttributeValue::S("item#".to_owned()))
                .expression_attribute_values(":not", AttributeValue::N("3".to_owned()))
                .scan_index_forward(forward)
                .consistent_read(true)
                .limit(2)
                .set_exclusive_start_key(sdk_next);
            let page = request.send().await.unwrap();
            second.extend(page.items().iter().map(item_as_json));
            sdk_next = page.last_evaluated_key;
            assert_eq!(shown(next.as_ref()), sdk_next.as_ref().map(item_as_json));
            both.assert_same_requests();
            if next.is_none() {
                break;
            }
        }
        let sort_keys: Vec<_> = first.iter().map(|item| item["sk"]["S"].as_str().unwrap()).collect();
        let mut expected = vec!["item#0", "item#1", "item#2", "item#4"];
        if !forward {
            expected.reverse();
        }
        assert_eq!((sort_keys, &first), (expected, &second));
    }
}

#[tokio::test]
async fn transactions_are_done_and_cancelled_as_the_sdk_does() {
    let both = Both::start().await;
    let old = json!({"pk": "user#1", "sk": "old", "n": 1});
    assert_eq!(put(&both, &old, None).await, [Ok(None), Ok(None)]);
    both.assert_same_requests();
    for (condition, is_done) in [("attribute_not_exists(pk)", true), ("attribute_exists(pk) AND n = :n", false)] {
        let bound = |is_used: bool| if is_used { vec![(":n", json!(2))] } else { vec![] };
        let change = |sk: &str| Change { table_name: both.table(0), key: Some(item(&key(sk))), ..Change::default() };
        let all_old = Some("ALL_OLD");
        let items = vec![
            TransactItem::ConditionCheck(Change {
                condition_expression: Some(condition.to_owned()),
                expression_attribute_values: values(&bound(!is_done)),
                ..change("none")
            }),
            TransactItem::Put(Change {
                key: None,
                item: Some(item(&key("new"))),
                condition_expression: Some("attribute_not_exists(pk)".to_owned()),
                return_values_on_condition_check_failure: all_old,
                ..change("new")
            }),
            TransactItem::Update(Change {
                update_expression: Some("SET n = :n".to_owned()),
                expression_attribute_values: values(&[(":n", json!(2))]),
                condition_expression: Some("n < :n".to_owned()),
                return_values_on_condition_check_failure: all_old,
                ..change("old")
            }),
            TransactItem::Delete(Change {
                condition_expression: Some("attribute_not_exists(pk)".to_owned()),
                ..change("x")
            }),
        ];
        let token = || Uuid::now_v7().to_string();
        let request = Transact { client_request_token: token(), transact_items: items };
        let first = match both.ours.call::<Done>(Operation::TransactWriteItems, &request).await {
            Ok(Done {}) => Ok(()),
            Err(Error::Refused(refusal)) => {
                let reason = |reason: &Reason| (reason.code.clone(), shown(reason.item.as_ref()));
                Err((refusal.code().to_owned(), refusal.reasons.iter().map(reason).collect::<Vec<_>>()))
            }
            Err(error) => panic!("{error}"),
        };

        let on = ReturnValuesOnConditionCheckFailure::AllOld;
        let number = || AttributeValue::N("2".to_owned());
        let table = both.table(1);
        let mut check = ConditionCheck::builder().table_name(&table).condition_expression(condition);
        check = check.set_key(Some(sdk_item(&key("none"))));
        if !is_done {
            check = check.expression_attribute_values(":n", number());
        }
        let put = Put::builder().table_name(&table).set_item(Some(sdk_item(&key("new"))));
        let put = put.condition_expression("attribute_not_exists(pk)");
        let put = put.return_values_on_condition_check_failure(on.clone());
        let update = Update::builder().table_name(&table).set_key(Some(sdk_item(&key("old"))));
        let update = update.update_expression("SET n = :n").condition_expression("n < :n");
        let update = update.expression_attribute_values(":n", number()).return_values_on_condition_check_failure(on);
        let delete = Delete::builder().table_name(&table).set_key(Some(sdk_item(&key("x"))));
        let delete = delete.condition_expression("attribute_not_exists(pk)");
        let request = both
            .sdk
            .transact_write_items()
            .client_request_token(token())
            .transact_items(TransactWriteItem::builder().condition_check(check.build().unwrap()).build())
            .transact_items(TransactWriteItem::builder().put(put.build().unwrap()).build())
            .transact_items(TransactWriteItem::builder().update(update.build().unwrap()).build())
            .transact_items(TransactWriteItem::builder().delete(delete.build().unwrap()).build());
        let second = match request.send().await {
            Ok(_) => Ok(()),
            Err(error) => match error.into_service_error() {
                TransactWriteItemsError::TransactionCanceledException(cancelled) => {
                    let reason = |reason: &CancellationReason| {
                        (reason.code().unwrap_or_default().to_owned(), reason.item().map(item_as_json))
                    };
                    let reasons = cancelled.cancellation_reasons().iter().map(reason).collect::<Vec<_>>();
                    Err(("TransactionCanceledException".to_owned(), reasons))
                }
                error => panic!("{error}"),
            },
        };
        both.assert_same_requests();
        assert_eq!(first, second);
        let codes = first.map_err(|(_, reasons)| reasons.into_iter().map(|(code, _)| code).collect::<Vec<_>>());
        let refused = ["ConditionalCheckFailed", "ConditionalCheckFailed", "ConditionalCheckFailed", "None"];
        let expected = if is_done { Ok(()) } else { Err(refused.map(str::to_owned).to_vec()) };
        assert_eq!(codes, expected);
    }
}
