//! Our requests to DynamoDB beside those of AWS's SDK: the same requests, the same answers, the same errors, as many tries.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, Delete, DeleteRequest, KeysAndAttributes, Put, ReturnValue,
    ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update, WriteRequest,
};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use lambda_http::http::{Request, Response};
use serde_json::{Value, json};
use shared::aws::sdk;
use shared::aws::transport::{NotSent, Transport};
use shared::config::AwsConfig;
use shared::dynamodb::{
    BatchGet, BatchGot, BatchWrite, BatchWritten, Change, Changed, Client, Done, Error, Get, Got, Item, Keys, Names,
    Operation, Queried, Query, Transact, TransactItem, Values,
};
use uuid::Uuid;

use crate::harness::TestServer;

/// Sends, and remembers what was sent.
struct Recorder {
    inner: Arc<dyn Transport>,
    sent: Mutex<Vec<(String, Value)>>,
}

impl Transport for Recorder {
    fn exchange(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, NotSent>> {
        let target = request.headers()["x-amz-target"].to_str().unwrap().to_owned();
        self.sent.lock().unwrap().push((target, serde_json::from_slice(request.body()).unwrap()));
        self.inner.exchange(request)
    }
}

/// Both clients, each with tables of its own in one database.
struct Both {
    ours: Client,
    sdk: aws_sdk_dynamodb::Client,
    sent: [Arc<Recorder>; 2],
    tables: [TestServer; 2],
}

impl Both {
    async fn start() -> Self {
        let tables = [TestServer::start().await, TestServer::start().await];
        let recorder = |server: &TestServer| {
            Arc::new(Recorder { inner: Arc::clone(&server.server.transport), sent: Mutex::default() })
        };
        let sent = [recorder(&tables[0]), recorder(&tables[1])];
        let config = |server: &TestServer| server.server.apps["contacts-list"].config.aws.clone();
        let ours = Client::new(&config(&tables[0]), Arc::clone(&sent[0]) as Arc<dyn Transport>);
        let sdk = sdk_client(&config(&tables[1]), Arc::clone(&sent[1]) as Arc<dyn Transport>);
        Self { ours, sdk, sent, tables }
    }

    fn table(&self, of: usize) -> String {
        self.tables[of].server.table("Users").to_owned()
    }

    /// Both sent the same since the last call; the names of the tables may differ.
    fn assert_same_requests(&self) {
        let take = |of: usize| {
            let sent = std::mem::take(&mut *self.sent[of].sent.lock().unwrap());
            assert!(!sent.is_empty());
            let plain = |(target, body): (String, Value)| {
                let body = body.to_string();
                let body = ["Users", "Contacts"]
                    .into_iter()
                    .fold(body, |body, table| body.replace(self.tables[of].server.table(table), table));
                let mut body: Value = serde_json::from_str(&body).unwrap();
                // A token is one transaction's for all tables of a database, so each side has its own.
                if let Some(token) = body.get_mut("ClientRequestToken") {
                    assert_eq!(token.as_str().map(str::len), Some(36));
                    *token = Value::Null;
                }
                (target, body)
            };
            sent.into_iter().map(plain).collect::<Vec<_>>()
        };
        assert_eq!(take(0), take(1));
    }
}

fn sdk_client(aws: &AwsConfig, transport: Arc<dyn Transport>) -> aws_sdk_dynamodb::Client {
    let timeouts = TimeoutConfig::builder()
        .operation_attempt_timeout(aws.patience)
        .operation_timeout(aws.patience.saturating_mul(3))
        .build();
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(aws.region.clone()))
        .credentials_provider(Credentials::new("local", "local", None, None, "local"))
        .endpoint_url(aws.dynamodb_endpoint.clone().unwrap())
        .retry_config(RetryConfig::standard().with_max_attempts(3).with_initial_backoff(aws.backoff))
        .timeout_config(timeouts)
        .http_client(sdk::http_client(transport));
    aws_sdk_dynamodb::Client::from_conf(config.build())
}

/// A value of the SDK as DynamoDB writes it.
fn as_json(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => json!({"S": text}),
        AttributeValue::N(number) => json!({"N": number}),
        AttributeValue::Bool(flag) => json!({"BOOL": flag}),
        AttributeValue::Null(_) => json!({"NULL": true}),
        AttributeValue::L(list) => json!({"L": list.iter().map(as_json).collect::<Vec<_>>()}),
        AttributeValue::M(map) => json!({"M": item_as_json(map)}),
        other => panic!("{other:?} is not used"),
    }
}

fn item_as_json(item: &HashMap<String, AttributeValue>) -> Value {
    item.iter().map(|(name, value)| (name.clone(), as_json(value))).collect::<serde_json::Map<_, _>>().into()
}

fn shown(item: Option<&Item>) -> Option<Value> {
    item.map(|item| serde_json::to_value(item).unwrap())
}

fn sdk_item(json: &Value) -> HashMap<String, AttributeValue> {
    let value = |value: &Value| match value {
        Value::String(text) => AttributeValue::S(text.clone()),
        Value::Number(number) => AttributeValue::N(number.to_string()),
        other => panic!("{other} is not used"),
    };
    json.as_object().unwrap().iter().map(|(name, json)| (name.clone(), value(json))).collect()
}

fn item(json: &Value) -> Item {
    Item::of(json).unwrap()
}

fn key(sk: &str) -> Value {
    json!({"pk": "user#1", "sk": sk})
}

fn values(named: &[(&'static str, Value)]) -> Values {
    let mut values = Values::default();
    named.iter().for_each(|(name, value)| values.add(*name, shared::dynamodb::Value::of(value).unwrap()));
    values
}

fn names(named: &[(&str, &str)]) -> Names {
    let mut names = Names::default();
    named.iter().for_each(|(placeholder, name)| names.add(placeholder, name));
    names
}

/// What became of a request: the item that it returned, or its error and the item that the error returned.
type Outcome = Result<Option<Value>, (String, Option<Value>)>;

fn ours<T>(outcome: Result<T, Error>, of: impl Fn(T) -> Option<Item>) -> Outcome {
    match outcome {
        Ok(answer) => Ok(shown(of(answer).as_ref())),
        Err(Error::Refused(refusal)) => Err((refusal.code().to_owned(), shown(refusal.item.as_ref()))),
        Err(error) => panic!("{error}"),
    }
}

type SdkItem = HashMap<String, AttributeValue>;

fn theirs<T, E: ProvideErrorMetadata + std::fmt::Debug, R: std::fmt::Debug>(
    outcome: Result<T, SdkError<E, R>>,
    of: impl Fn(T) -> Option<SdkItem>,
    of_error: impl Fn(&E) -> Option<SdkItem>,
) -> Outcome {
    match outcome {
        Ok(answer) => Ok(of(answer).as_ref().map(item_as_json)),
        Err(error) => {
            let error = error.as_service_error().expect("an answer of DynamoDB");
            Err((error.code().unwrap_or_default().to_owned(), of_error(error).as_ref().map(item_as_json)))
        }
    }
}

/// A put by both, on this condition.
async fn put(both: &Both, of: &Value, condition: Option<&str>) -> [Outcome; 2] {
    let request = Change {
        table_name: both.table(0),
        item: Some(item(of)),
        condition_expression: condition.map(str::to_owned),
        return_values_on_condition_check_failure: Some("ALL_OLD"),
        ..Change::default()
    };
    let first = ours(both.ours.call::<Done>(Operation::PutItem, &request).await, |Done {}| None);
    let request = both.sdk.put_item().table_name(both.table(1)).set_item(Some(sdk_item(of)));
    let request = request.set_condition_expression(condition.map(str::to_owned));
    let request = request.return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
    let second = theirs(
        request.send().await,
        |_| None,
        |error| match error {
            aws_sdk_dynamodb::operation::put_item::PutItemError::ConditionalCheckFailedException(refusal) => {
                refusal.item.clone()
            }
            _ => None,
        },
    );
    [first, second]
}

async fn get(both: &Both, of: &Value) -> [Outcome; 2] {
    let request = Get { table_name: &both.table(0), key: item(of), consistent_read: true };
    let first = ours(both.ours.call::<Got>(Operation::GetItem, &request).await, |got| got.item);
    let request = both.sdk.get_item().table_name(both.table(1)).set_key(Some(sdk_item(of))).consistent_read(true);
    [first, theirs(request.send().await, |got| got.item, |_| None)]
}

async fn update(both: &Both, of: &Value, expression: &str, bound: &[(&'static str, Value)]) -> [Outcome; 2] {
    let condition = Some("attribute_exists(#pk)".to_owned());
    let request = Change {
        table_name: both.table(0),
        key: Some(item(of)),
        update_expression: Some(expression.to_owned()),
        condition_expression: condition.clone(),
        expression_attribute_names: names(&[("#pk", "pk"), ("#count", "count")]),
        expression_attribute_values: values(bound),
        return_values: Some("ALL_NEW"),
        return_values_on_condition_check_failure: Some("ALL_OLD"),
        ..Change::default()
    };
    let first = ours(both.ours.call::<Changed>(Operation::UpdateItem, &request).await, |changed| changed.attributes);
    let bound = bound.iter().map(|(name, value)| ((*name).to_owned(), sdk_item(&json!({"v": value}))["v"].clone()));
    let request = both
        .sdk
        .update_item()
        .table_name(both.table(1))
        .set_key(Some(sdk_item(of)))
        .update_expression(expression)
        .set_condition_expression(condition)
        .expression_attribute_names("#pk", "pk")
        .expression_attribute_names("#count", "count")
        .set_expression_attribute_values(Some(bound.collect()))
        .return_values(ReturnValue::AllNew)
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
    let second = theirs(
        request.send().await,
        |changed| changed.attributes,
        |error| match error {
            aws_sdk_dynamodb::operation::update_item::UpdateItemError::ConditionalCheckFailedException(refusal) => {
                refusal.item.clone()
            }
            _ => None,
        },
    );
    [first, second]
}

async fn delete(both: &Both, of: &Value, condition: Option<&str>) -> [Outcome; 2] {
    let request = Change {
        table_name: both.table(0),
        key: Some(item(of)),
        condition_expression: condition.map(str::to_owned),
        ..Change::default()
    };
    let first = ours(both.ours.call::<Done>(Operation::DeleteItem, &request).await, |Done {}| None);
    let request = both.sdk.delete_item().table_name(both.table(1)).set_key(Some(sdk_item(of)));
    let request = request.set_condition_expression(condition.map(str::to_owned));
    [first, theirs(request.send().await, |_| None, |_| None)]
}

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
                let reason = |reason: &shared::dynamodb::Reason| (reason.code.clone(), shown(reason.item.as_ref()));
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
                    let reason = |reason: &aws_sdk_dynamodb::types::CancellationReason| {
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

/// Answers each request with the same, and counts.
struct Scripted {
    answer: Answer,
    count: Mutex<usize>,
}

#[derive(Clone, Copy, Debug)]
enum Answer {
    Refusal(u16, &'static str),
    Late,
    Broken,
    Never,
}

impl Transport for Scripted {
    fn exchange(&self, _: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, NotSent>> {
        *self.count.lock().unwrap() += 1;
        Box::pin(async move {
            match self.answer {
                Answer::Refusal(status, code) => {
                    let body = json!({"__type": format!("com.amazonaws.dynamodb.v20120810#{code}"), "message": "no"});
                    Ok(Response::builder().status(status).body(body.to_string().into()).unwrap())
                }
                Answer::Late => Err(NotSent::Late),
                Answer::Broken => Err(NotSent::broken("broken")),
                Answer::Never => std::future::pending().await,
            }
        })
    }
}

#[tokio::test]
async fn each_failure_is_tried_as_often_as_the_sdk_tries_it() {
    let driftwood = TestServer::start().await;
    let mut aws = driftwood.server.apps["contacts-list"].config.aws.clone();
    aws.dynamodb_endpoint = Some("http://127.0.0.1:1".to_owned());
    aws.backoff = Duration::from_millis(1);
    // Nothing but the request that is never answered waits for it.
    aws.patience = Duration::from_millis(50);
    for (answer, tries) in [
        (Answer::Refusal(400, "ThrottlingException"), 3),
        (Answer::Refusal(400, "ProvisionedThroughputExceededException"), 3),
        (Answer::Refusal(400, "RequestLimitExceeded"), 3),
        (Answer::Refusal(400, "LimitExceededException"), 3),
        (Answer::Refusal(400, "TransactionInProgressException"), 3),
        (Answer::Refusal(500, "InternalServerError"), 3),
        (Answer::Refusal(503, "ServiceUnavailable"), 3),
        (Answer::Refusal(502, ""), 3),
        (Answer::Refusal(504, ""), 3),
        (Answer::Late, 3),
        (Answer::Broken, 3),
        (Answer::Never, 3),
        (Answer::Refusal(400, "ValidationException"), 1),
        (Answer::Refusal(400, "ConditionalCheckFailedException"), 1),
        (Answer::Refusal(400, "TransactionConflictException"), 1),
        (Answer::Refusal(400, "TransactionCanceledException"), 1),
        (Answer::Refusal(400, "ResourceNotFoundException"), 1),
        (Answer::Refusal(400, "AccessDeniedException"), 1),
        (Answer::Refusal(400, "UnrecognizedClientException"), 1),
        (Answer::Refusal(403, ""), 1),
        (Answer::Refusal(501, ""), 1),
    ] {
        let scripted = || Arc::new(Scripted { answer, count: Mutex::default() });
        let (first, second) = (scripted(), scripted());
        let request = Get { table_name: "Users", key: item(&key("a")), consistent_read: true };
        let client = Client::new(&aws, Arc::clone(&first) as Arc<dyn Transport>);
        assert!(client.call::<Got>(Operation::GetItem, &request).await.is_err(), "{answer:?}");
        let client = sdk_client(&aws, Arc::clone(&second) as Arc<dyn Transport>);
        let request = client.get_item().table_name("Users").set_key(Some(sdk_item(&key("a"))));
        assert!(request.send().await.is_err(), "{answer:?}");
        let counts = [&first, &second].map(|scripted| *scripted.count.lock().unwrap());
        assert_eq!(counts, [tries, tries], "{answer:?}: ours, the SDK's");
    }
}
