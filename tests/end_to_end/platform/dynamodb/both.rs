//! Our client of DynamoDB and the SDK, and a request of each kind to both.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use lambda_http::http::{Request, Response};
use serde_json::{Value, json};
use shared::aws::sdk;
use shared::aws::transport::{NoResponse, Transport};
use shared::config::AwsConfig;
use shared::dynamodb::{Change, Changed, Client, Done, Error, Get, Got, Item, Names, Operation, Values};

use crate::harness::TestServer;
/// Sends, and remembers what was sent.
pub struct Recorder {
    inner: Arc<dyn Transport>,
    sent: Mutex<Vec<(String, Value)>>,
}

impl Transport for Recorder {
    fn exchange(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, NoResponse>> {
        let target = request.headers()["x-amz-target"].to_str().unwrap().to_owned();
        self.sent.lock().unwrap().push((target, serde_json::from_slice(request.body()).unwrap()));
        self.inner.exchange(request)
    }
}

/// Both clients, each with tables of its own in one database.
pub struct Both {
    pub ours: Client,
    pub sdk: aws_sdk_dynamodb::Client,
    sent: [Arc<Recorder>; 2],
    pub tables: [TestServer; 2],
}

impl Both {
    pub async fn start() -> Self {
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

    pub fn table(&self, of: usize) -> String {
        self.tables[of].server.table("Users").to_owned()
    }

    /// Both sent the same since the last call; the names of the tables may differ.
    pub fn assert_same_requests(&self) {
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

pub fn sdk_client(aws: &AwsConfig, transport: Arc<dyn Transport>) -> aws_sdk_dynamodb::Client {
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
pub fn as_json(value: &AttributeValue) -> Value {
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

pub fn item_as_json(item: &HashMap<String, AttributeValue>) -> Value {
    item.iter().map(|(name, value)| (name.clone(), as_json(value))).collect::<serde_json::Map<_, _>>().into()
}

pub fn shown(item: Option<&Item>) -> Option<Value> {
    item.map(|item| serde_json::to_value(item).unwrap())
}

pub fn sdk_item(json: &Value) -> HashMap<String, AttributeValue> {
    let value = |value: &Value| match value {
        Value::String(text) => AttributeValue::S(text.clone()),
        Value::Number(number) => AttributeValue::N(number.to_string()),
        other => panic!("{other} is not used"),
    };
    json.as_object().unwrap().iter().map(|(name, json)| (name.clone(), value(json))).collect()
}

pub fn item(json: &Value) -> Item {
    Item::of(json).unwrap()
}

pub fn key(sk: &str) -> Value {
    json!({"pk": "user#1", "sk": sk})
}

pub fn values(named: &[(&'static str, Value)]) -> Values {
    let mut values = Values::default();
    named.iter().for_each(|(name, value)| values.add(*name, shared::dynamodb::Value::of(value).unwrap()));
    values
}

pub fn names(named: &[(&str, &str)]) -> Names {
    let mut names = Names::default();
    named.iter().for_each(|(placeholder, name)| names.add(placeholder, name));
    names
}

/// What became of a request: the item that it returned, or its error and the item that the error returned.
pub type Outcome = Result<Option<Value>, (String, Option<Value>)>;

pub fn ours<T>(outcome: Result<T, Error>, of: impl Fn(T) -> Option<Item>) -> Outcome {
    match outcome {
        Ok(answer) => Ok(shown(of(answer).as_ref())),
        Err(Error::Refused(refusal)) => Err((refusal.code().to_owned(), shown(refusal.item.as_ref()))),
        Err(error) => panic!("{error}"),
    }
}

pub type SdkItem = HashMap<String, AttributeValue>;

pub fn theirs<T, E: ProvideErrorMetadata + std::fmt::Debug, R: std::fmt::Debug>(
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
pub async fn put(both: &Both, of: &Value, condition: Option<&str>) -> [Outcome; 2] {
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
            PutItemError::ConditionalCheckFailedException(refusal) => refusal.item.clone(),
            _ => None,
        },
    );
    [first, second]
}

pub async fn get(both: &Both, of: &Value) -> [Outcome; 2] {
    let request = Get { table_name: &both.table(0), key: item(of), consistent_read: true };
    let first = ours(both.ours.call::<Got>(Operation::GetItem, &request).await, |got| got.item);
    let request = both.sdk.get_item().table_name(both.table(1)).set_key(Some(sdk_item(of))).consistent_read(true);
    [first, theirs(request.send().await, |got| got.item, |_| None)]
}

pub async fn update(both: &Both, of: &Value, expression: &str, bound: &[(&'static str, Value)]) -> [Outcome; 2] {
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
            UpdateItemError::ConditionalCheckFailedException(refusal) => refusal.item.clone(),
            _ => None,
        },
    );
    [first, second]
}

pub async fn delete(both: &Both, of: &Value, condition: Option<&str>) -> [Outcome; 2] {
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
