//! What a request changes in the tables that have a stream.

use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use futures_util::future::BoxFuture;
use lambda_http::http::header::CONTENT_LENGTH;
use lambda_http::http::{HeaderName, HeaderValue, Request, Response};
use serde_json::{Value, json};
use shared::aws::transport::{NoResponse, Transport};
use tokio::task_local;

use crate::stack::{Stack, Stream, StreamView};

/// The header that names the operation.
const TARGET: HeaderName = HeaderName::from_static("x-amz-target");
const GET_ITEM: HeaderValue = HeaderValue::from_static("DynamoDB_20120810.GetItem");

task_local! {
    static CHANGED: Arc<Mutex<Vec<Change>>>;
}

/// A change of an item, with the item in DynamoDB's JSON.
#[derive(Clone, Debug)]
pub struct Change {
    /// The table's name.
    pub table: String,
    /// The item's key.
    pub keys: Value,
    /// The item as it was; none if there was none, or the table's stream does not have it.
    pub old: Option<Value>,
    /// The item as it is; none if it was deleted.
    pub new: Option<Value>,
}

impl Change {
    /// What happened to the item, as a stream says it.
    pub const fn event_name(&self) -> &'static str {
        match (&self.old, &self.new) {
            (_, None) => "REMOVE",
            (Some(_), Some(_)) => "MODIFY",
            (None, Some(_)) => "INSERT",
        }
    }
}

/// A write of one item, as a request names it.
struct Touched {
    table: String,
    keys: Value,
    /// The item, if it is put as a whole.
    put: Option<Value>,
}

impl Touched {
    fn of(write: &Value) -> Option<Self> {
        let put = write.get("Item").cloned();
        let named = put.as_ref().or_else(|| write.get("Key"))?;
        let keys = json!({"pk": named.get("pk")?, "sk": named.get("sk")?});
        Some(Self { table: write.get("TableName")?.as_str()?.to_owned(), keys, put })
    }

    /// The writes of a request.
    fn all(operation: &str, body: &[u8]) -> Vec<Self> {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let list = |name: &str| body.get(name).and_then(Value::as_array).into_iter().flatten();
        match operation {
            "PutItem" | "UpdateItem" | "DeleteItem" => Self::of(&body).into_iter().collect(),
            "TransactWriteItems" => {
                let writes = list("TransactItems").filter_map(Value::as_object).flat_map(|write| write.iter());
                writes.filter(|(kind, _)| *kind != "ConditionCheck").filter_map(|(_, write)| Self::of(write)).collect()
            }
            "BatchWriteItem" => {
                let tables = body.get("RequestItems").and_then(Value::as_object).into_iter().flatten();
                let deleted = |(table, writes): (&String, &Value)| {
                    let keys =
                        writes.as_array().into_iter().flatten().filter_map(|one| one.pointer("/DeleteRequest/Key"));
                    let touched = |keys: &Value| Self { table: table.clone(), keys: keys.clone(), put: None };
                    keys.map(touched).collect::<Vec<_>>()
                };
                tables.flat_map(deleted).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// A transport to tables that notes what changes of which a stream may tell a function.
///
/// Where a stream has no items as they were, only what is put is noted: every item that our functions put there is new.
pub struct Watched {
    tables: Arc<dyn Transport>,
    streams: Vec<Stream>,
    /// Between the reads of an item before and after a write, nothing else writes.
    turn: tokio::sync::Mutex<()>,
}

impl Watched {
    /// Watches the tables of a stack.
    pub fn new(tables: Arc<dyn Transport>, stack: &Stack) -> Self {
        Self { tables, streams: stack.streams().collect(), turn: tokio::sync::Mutex::default() }
    }

    /// The streams that may tell a function of a write.
    fn telling(&self, touched: &Touched) -> impl Iterator<Item = &Stream> {
        self.streams.iter().filter(|stream| stream.may_tell(&touched.table, &touched.keys))
    }

    fn has_both(&self, touched: &Touched) -> bool {
        self.telling(touched).any(|stream| stream.view == StreamView::Both)
    }

    async fn write(&self, request: Request<Bytes>, touched: Vec<Touched>) -> Result<Response<Bytes>, NoResponse> {
        let with_both = touched.iter().any(|touched| self.has_both(touched));
        let _turn = if with_both { Some(self.turn.lock().await) } else { None };
        // Neither a signature nor a time is read on this machine, so the reads go with the headers of the write.
        let like = Request::builder().uri(request.uri().clone()).method(request.method().clone());
        let like = like.body(()).map_err(NoResponse::broken)?;
        let headers = request.headers().clone();
        let read = |touched: &Touched| {
            let body = json!({"TableName": touched.table, "Key": touched.keys, "ConsistentRead": true}).to_string();
            let mut read = like.clone().map(|()| Bytes::from(body));
            *read.headers_mut() = headers.clone();
            read.headers_mut().remove(CONTENT_LENGTH);
            read.headers_mut().insert(TARGET, GET_ITEM);
            self.tables.exchange(read)
        };
        let mut before = Vec::new();
        for touched in &touched {
            before.push(if self.has_both(touched) { item(read(touched).await?) } else { None });
        }
        let response = self.tables.exchange(request).await?;
        if response.status().is_success() {
            for (touched, old) in touched.iter().zip(before) {
                let new = if self.has_both(touched) { item(read(touched).await?) } else { touched.put.clone() };
                if old != new {
                    note(Change { table: touched.table.clone(), keys: touched.keys.clone(), old, new });
                }
            }
        }
        Ok(response)
    }
}

/// Notes a change. Outside of a run, as in a test that prepares a table, nothing is called.
fn note(change: Change) {
    let _ = CHANGED.try_with(|changed| changed.lock().unwrap_or_else(PoisonError::into_inner).push(change));
}

/// The item in the response to a read.
fn item(response: Response<Bytes>) -> Option<Value> {
    serde_json::from_slice::<Value>(response.body()).ok()?.get("Item").cloned()
}

impl Transport for Watched {
    fn exchange(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, NoResponse>> {
        let target = request.headers().get(TARGET).and_then(|target| target.to_str().ok());
        let operation = target.and_then(|target| target.split_once('.')).map(|(_, operation)| operation);
        let mut touched = operation.map(|operation| Touched::all(operation, request.body())).unwrap_or_default();
        touched.retain(|touched| self.telling(touched).next().is_some());
        if touched.is_empty() {
            return self.tables.exchange(request);
        }
        Box::pin(self.write(request, touched))
    }
}

/// Runs something, and returns what it changed in the tables with streams too.
pub async fn watch<F: Future>(run: F) -> (F::Output, Vec<Change>) {
    let changed = Arc::new(Mutex::default());
    let output = CHANGED.scope(Arc::clone(&changed), run).await;
    let changed = std::mem::take(&mut *changed.lock().unwrap_or_else(PoisonError::into_inner));
    (output, changed)
}
