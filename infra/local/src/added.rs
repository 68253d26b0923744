//! What a request adds to the tables.

use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use futures_util::future::BoxFuture;
use lambda_http::http::{Request, Response};
use serde_json::{Value, json};
use shared::aws::transport::{NoResponse, Transport};
use tokio::task_local;

task_local! {
    static ADDED: Arc<Mutex<Vec<Added>>>;
}

/// An item that was added to a table.
#[derive(Clone, Debug)]
pub struct Added {
    /// The table's name.
    pub table: String,
    /// Its key, as DynamoDB's JSON.
    pub keys: Value,
    /// The item, as DynamoDB's JSON.
    pub image: Value,
}

impl Added {
    fn of(put: &Value) -> Option<Self> {
        let (table, item) = (put.get("TableName")?.as_str()?, put.get("Item")?);
        let keys = json!({"pk": item.get("pk")?, "sk": item.get("sk")?});
        Some(Self { table: table.to_owned(), keys, image: item.clone() })
    }
}

/// A transport to tables that notes what is added. Every item that our functions put is new.
pub struct Watched(pub Arc<dyn Transport>);

impl Transport for Watched {
    fn exchange(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, NoResponse>> {
        let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok());
        let operation = target.and_then(|target| target.split_once('.')).map(|(_, operation)| operation);
        if !matches!(operation, Some("PutItem" | "TransactWriteItems")) {
            return self.0.exchange(request);
        }
        let body = request.body().clone();
        Box::pin(async move {
            let response = self.0.exchange(request).await?;
            if response.status().is_success() {
                // Outside of a run, as in a test that prepares a table, nothing is called.
                let _ =
                    ADDED.try_with(|added| added.lock().unwrap_or_else(PoisonError::into_inner).extend(puts(&body)));
            }
            Ok(response)
        })
    }
}

/// The items that a request puts.
fn puts(body: &[u8]) -> Vec<Added> {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let writes = body.get("TransactItems").and_then(Value::as_array).into_iter().flatten();
    writes.filter_map(|write| write.get("Put")).chain([&body]).filter_map(Added::of).collect()
}

/// Runs something, and returns what it added to the tables too.
pub async fn watch<F: Future>(run: F) -> (F::Output, Vec<Added>) {
    let added = Arc::new(Mutex::default());
    let output = ADDED.scope(Arc::clone(&added), run).await;
    let added = std::mem::take(&mut *added.lock().unwrap_or_else(PoisonError::into_inner));
    (output, added)
}
