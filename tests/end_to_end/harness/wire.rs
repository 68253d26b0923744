//! The requests to AWS: recorded, and failed on demand, where they are sent.

use std::sync::{Arc, Mutex, OnceLock};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use lambda_http::http::{Request, Response};
use serde_json::{Value, json};
use shared::aws::transport::{NoResponse, Transport};
use tokio::sync::Notify;

use super::grants::Grants;
use super::shapes;

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

impl Trouble {
    /// Every fault that passes, if the request is sent again.
    pub const PASSING: [Self; 5] =
        [Self::Throttled, Self::Conflict, Self::TimeoutBefore, Self::TimeoutAfter, Self::ResponseLost];
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

/// Faults by chance, which is the same in every run.
struct Storm {
    functions: Vec<String>,
    one_in: u64,
    state: u64,
}

impl Storm {
    /// The trouble for the next request, if it has one.
    fn next(&mut self, function: &str, operation: &str) -> Option<Trouble> {
        if !self.functions.iter().any(|named| named == function) {
            return None;
        }
        let chance = self.below(self.one_in);
        let most = Trouble::PASSING.len();
        let trouble = Trouble::PASSING[usize::try_from(self.below(most as u64)).unwrap_or_default()];
        let is_read = matches!(operation, "GetItem" | "BatchGetItem" | "Query");
        let trouble = if is_read && trouble == Trouble::Conflict { Trouble::Throttled } else { trouble };
        (chance == 0).then_some(trouble)
    }

    /// Knuth's linear congruential generator.
    fn below(&mut self, limit: u64) -> u64 {
        self.state = self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.state >> 33) % limit
    }
}

#[derive(Default)]
struct State {
    calls: Mutex<Vec<Call>>,
    planned: Mutex<Vec<Planned>>,
    pauses: Mutex<Vec<(String, Pause)>>,
    storm: Mutex<Option<Storm>>,
    happened: Mutex<usize>,
    grants: OnceLock<Grants>,
}

impl Wire {
    /// The way by which a function reaches AWS in a test.
    pub fn tap(&self, function: &str, inner: Arc<dyn Transport>) -> Arc<dyn Transport> {
        Arc::new(Tap { wire: self.clone(), function: function.to_owned(), inner })
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

    /// From now on, one in so many requests of these functions fails in some way.
    pub fn storm(&self, functions: &[&str], one_in: u64) {
        let functions = functions.iter().map(|name| (*name).to_owned()).collect();
        *self.0.storm.lock().unwrap() = Some(Storm { functions, one_in, state: 17 });
    }

    /// Forgets the requests that were to be stopped and have not come.
    pub fn clear_pauses(&self) {
        self.0.pauses.lock().unwrap().clear();
    }

    /// Clears all planned faults, and returns how many happened.
    pub fn clear_faults(&self) -> usize {
        *self.0.storm.lock().unwrap() = None;
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
        let Some(plan) = planned.iter_mut().find(|plan| plan.times > 0 && is_meant(plan)) else {
            let trouble = self.0.storm.lock().unwrap().as_mut()?.next(function, operation)?;
            *self.0.happened.lock().unwrap() += 1;
            return Some(trouble);
        };
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
    inner: Arc<dyn Transport>,
}

impl Transport for Tap {
    fn exchange(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, NoResponse>> {
        Box::pin(self.answer(request))
    }
}

impl Tap {
    async fn exchange(
        &self,
        request: Request<Bytes>,
        operation: &str,
        body: &Value,
    ) -> Result<Response<Bytes>, NoResponse> {
        let response = self.inner.exchange(request).await?;
        shapes::note(operation, body, response.body());
        Ok(response)
    }

    async fn answer(&self, request: Request<Bytes>) -> Result<Response<Bytes>, NoResponse> {
        let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
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
            return Ok(error_response(
                &json!({"__type": "com.amazonaws.dynamodb.v20120810#AccessDeniedException", "message": message}),
            ));
        }
        if let Some(pause) = pause {
            pause.wait().await;
            return self.exchange(request, &operation, &body).await;
        }
        match trouble {
            None | Some(Trouble::Nothing) => self.exchange(request, &operation, &body).await,
            Some(Trouble::Throttled) => Ok(error_response(
                &json!({"__type": "com.amazonaws.dynamodb.v20120810#ThrottlingException", "message": "slow down"}),
            )),
            Some(Trouble::Conflict) => Ok(error_response(&conflict(&operation, &body))),
            Some(Trouble::TimeoutBefore) => Err(NoResponse::Late),
            Some(Trouble::TimeoutAfter) => {
                self.exchange(request, &operation, &body).await?;
                Err(NoResponse::Late)
            }
            Some(Trouble::ResponseLost) => {
                self.exchange(request, &operation, &body).await?;
                Err(NoResponse::broken("the test broke the connection"))
            }
        }
    }
}

fn error_response(body: &Value) -> Response<Bytes> {
    Response::builder().status(400).body(body.to_string().into()).unwrap()
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
