//! A fake service of AWS with chosen responses.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Method, Response};
use serde_json::Value;
use tokio::net::TcpListener;

/// A request that a fake service got.
#[derive(Clone, Debug)]
pub struct Recorded {
    pub method: Method,
    pub path: String,
    pub headers: BTreeMap<String, String>,
    pub body: Value,
}

/// A fake service of AWS on this machine.
#[derive(Default)]
pub struct FakeService {
    recorded: Mutex<Vec<Recorded>>,
    answer: Mutex<(u16, &'static str, Value)>,
}

impl FakeService {
    /// Starts it; returns its address too.
    pub async fn start() -> (Arc<Self>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let fake = Arc::<Self>::default();
        let router = Router::new().fallback(answer).with_state(Arc::clone(&fake));
        tokio::spawn(async move { axum::serve(listener, router).await });
        (fake, url)
    }

    /// Responds so from now on: the status, the header `x-amzn-errortype` and the body.
    pub fn respond_with(&self, status: u16, kind: &'static str, body: Value) {
        *self.answer.lock().unwrap() = (status, kind, body);
    }

    /// The requests since the last look.
    pub fn recorded(&self) -> Vec<Recorded> {
        std::mem::take(&mut *self.recorded.lock().unwrap())
    }
}

async fn answer(State(fake): State<Arc<FakeService>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1_000_000).await.expect("a body");
    let text = |value: &axum::http::HeaderValue| value.to_str().unwrap_or_default().to_owned();
    fake.recorded.lock().unwrap().push(Recorded {
        method: parts.method,
        path: parts.uri.to_string(),
        headers: parts.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
        body: serde_json::from_slice(&body).expect("JSON"),
    });
    let (status, kind, body) = fake.answer.lock().unwrap().clone();
    let response = Response::builder().status(status).header("content-type", "application/json");
    response.header("x-amzn-errortype", kind).body(Body::from(body.to_string())).expect("an answer")
}
