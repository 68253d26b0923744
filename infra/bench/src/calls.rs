//! The requests to DynamoDB per request and the units that they consume, counted between a process and the tables.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderMap, Response, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::failure::Failure;

/// The maximum size of a body.
const LONGEST: usize = 16 * 1_024 * 1_024;

/// What was requested of DynamoDB.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spent {
    /// The number of requests.
    pub calls: usize,
    /// The read request units. A request that fails reports none.
    pub read_units: f64,
    /// The write request units.
    pub write_units: f64,
}

/// Forwards requests to DynamoDB and counts them.
pub struct Counter {
    /// The address on which it listens.
    pub url: String,
    proxy: Arc<Proxy>,
    server: JoinHandle<()>,
}

struct Proxy {
    http: reqwest::Client,
    to: String,
    spent: Mutex<Spent>,
}

impl Counter {
    /// Listens in front of this endpoint.
    ///
    /// # Errors
    ///
    /// When there is no free port.
    pub async fn before(endpoint: &str) -> Result<Self, Failure> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let http = reqwest::Client::builder().no_proxy().build()?;
        let proxy = Arc::new(Proxy { http, to: endpoint.to_owned(), spent: Mutex::default() });
        let router = Router::new().fallback(pass).with_state(Arc::clone(&proxy));
        let server = tokio::spawn(async move {
            // A function that gets no response fails, and so does the measurement.
            _ = axum::serve(listener, router).await;
        });
        Ok(Self { url, proxy, server })
    }

    /// Returns what was requested since the last time.
    pub fn take(&self) -> Spent {
        std::mem::take(&mut *self.proxy.spent.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Spent {
    fn add(&mut self, headers: &HeaderMap, answer: &Value) {
        let units = units(answer);
        self.calls = self.calls.saturating_add(1);
        let operation = headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
        let operation = operation.rsplit('.').next().unwrap_or_default();
        if matches!(operation, "GetItem" | "BatchGetItem" | "Query" | "Scan" | "TransactGetItems") {
            self.read_units += units;
        } else {
            self.write_units += units;
        }
    }
}

/// The consumed units in a response, of all its tables.
fn units(answer: &Value) -> f64 {
    let of = |consumed: &Value| consumed.get("CapacityUnits").and_then(Value::as_f64).unwrap_or_default();
    match answer.get("ConsumedCapacity") {
        Some(Value::Array(tables)) => tables.iter().map(of).sum(),
        Some(table) => of(table),
        None => 0.0,
    }
}

impl Drop for Counter {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn pass(State(proxy): State<Arc<Proxy>>, request: Request) -> Response<Body> {
    forward(&proxy, request).await.unwrap_or_else(|_| {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::BAD_GATEWAY;
        response
    })
}

async fn forward(proxy: &Proxy, request: Request) -> Result<Response<Body>, Failure> {
    let (mut parts, body) = request.into_parts();
    let mut body: Value = serde_json::from_slice(&to_bytes(body, LONGEST).await?)?;
    if let Some(fields) = body.as_object_mut() {
        fields.insert("ReturnConsumedCapacity".to_owned(), json!("TOTAL"));
    }
    parts.headers.remove(CONTENT_LENGTH);
    let request = proxy.http.request(parts.method, &proxy.to).headers(parts.headers.clone());
    let answer = request.body(body.to_string()).send().await?;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = answer.status();
    *response.headers_mut() = answer.headers().clone();
    let body = answer.bytes().await?;
    let mut spent = proxy.spent.lock().unwrap_or_else(PoisonError::into_inner);
    spent.add(&parts.headers, &serde_json::from_slice(&body).unwrap_or_default());
    *response.body_mut() = Body::from(body);
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(operation: &str) -> HeaderMap {
        let target = format!("DynamoDB_20120810.{operation}").parse().unwrap();
        HeaderMap::from_iter([("x-amz-target".parse().unwrap(), target)])
    }

    #[test]
    fn units_are_those_of_reads_or_of_writes() {
        let mut spent = Spent::default();
        let batch = json!({"ConsumedCapacity": [{"CapacityUnits": 1.0}, {"CapacityUnits": 0.5}]});
        spent.add(&headers("BatchGetItem"), &batch);
        spent.add(&headers("UpdateItem"), &json!({"ConsumedCapacity": {"CapacityUnits": 2.0}}));
        spent.add(&headers("PutItem"), &json!({"__type": "ConditionalCheckFailedException"}));
        assert_eq!(spent, Spent { calls: 3, read_units: 1.5, write_units: 2.0 });
    }
}
