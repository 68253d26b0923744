//! The number of requests to DynamoDB per request, counted between a function's process and the tables.

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

/// The maximum size of a body.
const LONGEST: usize = 16 * 1_024 * 1_024;

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
        let proxy = Arc::new(Proxy { http, to: endpoint.to_owned(), count: AtomicUsize::new(0) });
        let router = Router::new().fallback(pass).with_state(Arc::clone(&proxy));
        let server = tokio::spawn(async move {
            // A function that gets no response fails, and so does the measurement.
            _ = axum::serve(listener, router).await;
        });
        Ok(Self { url, proxy, server })
    }

    /// Returns the number of requests since the last call.
    pub fn take(&self) -> usize {
        self.proxy.count.swap(0, Ordering::SeqCst)
    }
}

impl Drop for Counter {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn pass(State(proxy): State<Arc<Proxy>>, request: Request) -> Response<Body> {
    proxy.count.fetch_add(1, Ordering::SeqCst);
    forward(&proxy, request).await.unwrap_or_else(|_| {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::BAD_GATEWAY;
        response
    })
}

async fn forward(proxy: &Proxy, request: Request) -> Result<Response<Body>, Failure> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, LONGEST).await?;
    let answer = proxy.http.request(parts.method, &proxy.to).headers(parts.headers).body(body).send().await?;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = answer.status();
    *response.headers_mut() = answer.headers().clone();
    *response.body_mut() = Body::from(answer.bytes().await?);
    Ok(response)
}
