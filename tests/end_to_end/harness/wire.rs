//! The requests to AWS: recorded, and failed on demand, at the SDK's connector.

use std::sync::{Arc, Mutex, OnceLock};

use aws_sdk_dynamodb::config::{HttpClient, RuntimeComponents, SharedHttpClient};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::grants::Grants;

/// One request to AWS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The function that sent it.
    pub function: String,
    /// The operation, such as `UpdateItem`.
    pub operation: String,
    /// Each table that it touches, with the IAM action that it needs.
    pub actions: Vec<(String, String)>,
}

/// A fault between the server and AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// No fault: the request works, so that a later one fails.
    Nothing,
    /// AWS throttles the request; nothing was written.
    Throttled,
    /// Another transaction uses an item; nothing was written.
    Conflict,
    /// The request never arrives.
    TimeoutBefore,
    /// The request is done and the response does not arrive in time.
    TimeoutAfter,
    /// The request is done and the connection breaks.
    ResponseLost,
}

struct Planned {
    /// The function whose requests fail; `None` is any function.
    function: Option<String>,
    /// An operation, optionally followed by a space and a table of the template.
    operation: String,
    trouble: Trouble,
    times: usize,
}

/// A request to AWS that waits for the test.
#[derive(Clone, Default)]
pub struct Pause {
    came: Arc<Notify>,
    resumed: Arc<Notify>,
}

impl Pause {
    /// Waits until the request has come.
    pub async fn has_come(&self) {
        self.came.notified().await;
    }

    /// Lets the request go on.
    pub fn resume(&self) {
        self.resumed.notify_one();
    }

    async fn wait(&self) {
        self.came.notify_one();
        self.resumed.notified().await;
    }
}

/// The recorder of one test server's requests to AWS.
#[derive(Clone, Default)]
pub struct Wire(Arc<State>);

#[derive(Default)]
struct State {
    calls: Mutex<Vec<Call>>,
    planned: Mutex<Vec<Planned>>,
    pauses: Mutex<Vec<(String, Pause)>>,
    happened: Mutex<usize>,
    grants: OnceLock<Grants>,
}

impl Wire {
    /// The client through which a function reaches AWS in a test.
    pub fn tap(&self, function: &str, inner: SharedHttpClient) -> SharedHttpClient {
        SharedHttpClient::new(Tap { wire: self.clone(), function: function.to_owned(), inner })
    }

    /// Fails the next `times` requests of this operation (`PutItem`, or `PutItem AuditTable` for one table).
    pub fn plan(&self, operation: &str, trouble: Trouble, times: usize) {
        let operation = operation.to_owned();
        self.0.planned.lock().unwrap().push(Planned { function: None, operation, trouble, times });
    }

    /// Fails the next `times` requests of this operation in one function.
    pub fn plan_in(&self, function: &str, operation: &str, trouble: Trouble, times: usize) {
        let (function, operation) = (Some(function.to_owned()), operation.to_owned());
        self.0.planned.lock().unwrap().push(Planned { function, operation, trouble, times });
    }

    /// From now on, refuses what the template does not let a function do.
    pub fn enforce(&self, grants: Grants) {
        _ = self.0.grants.set(grants);
    }

    fn is_granted(&self, function: &str, actions: &[(String, String)]) -> bool {
        let granted = self.0.grants.get().and_then(|grants| grants.get(function));
        granted.is_none_or(|granted| actions.iter().all(|action| granted.contains(action)))
    }

    /// Stops the next request of this operation (`PutItem`, or `PutItem AuditTable` for one table) until it is resumed.
    pub fn pause(&self, operation: &str) -> Pause {
        let pause = Pause::default();
        self.0.pauses.lock().unwrap().push((operation.to_owned(), pause.clone()));
        pause
    }

    /// Clears all planned faults, and returns how many happened.
    pub fn clear_faults(&self) -> usize {
        self.0.planned.lock().unwrap().clear();
        std::mem::take(&mut *self.0.happened.lock().unwrap())
    }

    /// The requests since the last call of this function.
    pub fn calls(&self) -> Vec<Call> {
        std::mem::take(&mut *self.0.calls.lock().unwrap())
    }

    fn trouble_for(&self, function: &str, operation: &str, actions: &[(String, String)]) -> Option<Trouble> {
        let is_meant = |plan: &Planned| {
            let is_in = plan.function.as_ref().is_none_or(|planned| planned == function);
            is_in && is_operation(&plan.operation, operation, actions)
        };
        let mut planned = self.0.planned.lock().unwrap();
        let plan = planned.iter_mut().find(|plan| plan.times > 0 && is_meant(plan))?;
        plan.times -= 1;
        if plan.trouble == Trouble::Nothing {
            return None;
        }
        *self.0.happened.lock().unwrap() += 1;
        Some(plan.trouble)
    }

    fn pause_for(&self, operation: &str, actions: &[(String, String)]) -> Option<Pause> {
        let mut pauses = self.0.pauses.lock().unwrap();
        let position = pauses.iter().position(|(named, _)| is_operation(named, operation, actions))?;
        Some(pauses.swap_remove(position).1)
    }
}

/// Returns whether a request is of an operation that a test names, with a table or without.
fn is_operation(named: &str, operation: &str, actions: &[(String, String)]) -> bool {
    match named.split_once(' ') {
        // In an external DynamoDB the tables have a suffix.
        Some((meant, table)) => meant == operation && actions.iter().any(|(name, _)| name.starts_with(table)),
        None => named == operation,
    }
}

struct Tap {
    wire: Wire,
    function: String,
    inner: SharedHttpClient,
}

impl std::fmt::Debug for Tap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tap")
    }
}

impl HttpClient for Tap {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(TappedConnector { wire: self.wire.clone(), function: self.function.clone(), inner })
    }
}

struct TappedConnector {
    wire: Wire,
    function: String,
    inner: SharedHttpConnector,
}

impl std::fmt::Debug for TappedConnector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TappedConnector")
    }
}

impl HttpConnector for TappedConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default().to_owned();
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        let body: Value =
            request.body().bytes().and_then(|bytes| serde_json::from_slice(bytes).ok()).unwrap_or_default();
        let actions = actions(&operation, &body);
        let is_granted = self.wire.is_granted(&self.function, &actions);
        let pause = self.wire.pause_for(&operation, &actions);
        let trouble = self.wire.trouble_for(&self.function, &operation, &actions);
        self.wire.0.calls.lock().unwrap().push(Call {
            function: self.function.clone(),
            operation: operation.clone(),
            actions,
        });
        if !is_granted {
            let message = format!("{} may not {operation}", self.function);
            return HttpConnectorFuture::ready(Ok(error_response(
                json!({"__type": "com.amazonaws.dynamodb.v20120810#AccessDeniedException", "message": message}),
            )));
        }
        let inner = self.inner.clone();
        let timed_out = || ConnectorError::timeout("the test says that it took too long".into());
        if let Some(pause) = pause {
            return HttpConnectorFuture::new(async move {
                pause.wait().await;
                inner.call(request).await
            });
        }
        match trouble {
            None | Some(Trouble::Nothing) => inner.call(request),
            Some(Trouble::Throttled) => HttpConnectorFuture::ready(Ok(error_response(
                json!({"__type": "com.amazonaws.dynamodb.v20120810#ThrottlingException", "message": "slow down"}),
            ))),
            Some(Trouble::Conflict) => HttpConnectorFuture::ready(Ok(error_response(conflict(&operation, &body)))),
            Some(Trouble::TimeoutBefore) => HttpConnectorFuture::ready(Err(timed_out())),
            Some(Trouble::TimeoutAfter) => HttpConnectorFuture::new(async move {
                inner.call(request).await?;
                Err(timed_out())
            }),
            Some(Trouble::ResponseLost) => HttpConnectorFuture::new(async move {
                inner.call(request).await?;
                Err(ConnectorError::io("the test broke the connection".into()))
            }),
        }
    }
}

fn error_response(body: Value) -> HttpResponse {
    HttpResponse::new(400u16.try_into().unwrap(), SdkBody::from(body.to_string()))
}

/// DynamoDB's response when another transaction uses an item.
fn conflict(operation: &str, body: &Value) -> Value {
    if operation != "TransactWriteItems" {
        return json!({"__type": "com.amazonaws.dynamodb.v20120810#TransactionConflictException", "message": "Transaction is ongoing for the item"});
    }
    let items = body["TransactItems"].as_array().map_or(1, Vec::len);
    let reasons: Vec<Value> =
        (0..items)
            .map(|n| {
                if n == 0 { json!({"Code": "TransactionConflict", "Message": "held"}) } else { json!({"Code": "None"}) }
            })
            .collect();
    json!({"__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException", "message": "Transaction cancelled [TransactionConflict]", "CancellationReasons": reasons})
}

/// The IAM actions of a request: a transaction needs those of its parts.
fn actions(operation: &str, body: &Value) -> Vec<(String, String)> {
    let table = |value: &Value| value["TableName"].as_str().unwrap_or_default().to_owned();
    match operation {
        "BatchGetItem" | "BatchWriteItem" => body["RequestItems"]
            .as_object()
            .map(|tables| tables.keys().map(|name| (name.clone(), format!("dynamodb:{operation}"))).collect())
            .unwrap_or_default(),
        "TransactWriteItems" => {
            let items = body["TransactItems"].as_array().cloned().unwrap_or_default();
            let part = |item: &Value| {
                item.as_object().and_then(|item| item.iter().next()).map(|(kind, part)| {
                    (
                        table(part),
                        format!(
                            "dynamodb:{}",
                            if kind == "ConditionCheck" {
                                "ConditionCheckItem".to_owned()
                            } else {
                                format!("{kind}Item")
                            }
                        ),
                    )
                })
            };
            items.iter().filter_map(part).collect()
        }
        "GetSecretValue" | "PutSecretValue" | "UpdateSecretVersionStage" | "DescribeSecret" => {
            vec![(body["SecretId"].as_str().unwrap_or_default().to_owned(), format!("secretsmanager:{operation}"))]
        }
        _ => {
            let index = body["IndexName"].as_str().map(|index| format!("/index/{index}")).unwrap_or_default();
            vec![(table(body) + &index, format!("dynamodb:{operation}"))]
        }
    }
}
