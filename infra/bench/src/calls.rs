//! How many requests to DynamoDB a request costs: counted between a function's process and the tables.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::failure::Failure;

/// The longest answer that is passed on.
const LONGEST: usize = 16 * 1_024 * 1_024;

/// Passes requests to DynamoDB on, and counts them.
pub struct Counter {
    /// Where it listens.
    pub url: String,
    passed: Arc<Passed>,
    server: JoinHandle<()>,
}

struct Passed {
    http: reqwest::Client,
    to: String,
    count: AtomicUsize,
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
        let passed = Arc::new(Passed { http, to: endpoint.to_owned(), count: AtomicUsize::new(0) });
        let router = Router::new().fallback(pass).with_state(Arc::clone(&passed));
        let server = tokio::spawn(async move {
            // A function that gets no answer fails, and that is seen.
            _ = axum::serve(listener, router).await;
        });
        Ok(Self { url, passed, server })
    }

    /// How many there were since the last look.
    pub fn take(&self) -> usize {
        self.passed.count.swap(0, Ordering::SeqCst)
    }
}

impl Drop for Counter {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn pass(State(passed): State<Arc<Passed>>, request: Request) -> Response<Body> {
    passed.count.fetch_add(1, Ordering::SeqCst);
    forward(&passed, request).await.unwrap_or_else(|_| {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::BAD_GATEWAY;
        response
    })
}

async fn forward(passed: &Passed, request: Request) -> Result<Response<Body>, Failure> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, LONGEST).await?;
    let answer = passed.http.request(parts.method, &passed.to).headers(parts.headers).body(body).send().await?;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = answer.status();
    *response.headers_mut() = answer.headers().clone();
    *response.body_mut() = Body::from(answer.bytes().await?);
    Ok(response)
}
