//! Lambda's Runtime API for one process: <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{Response, StatusCode};
use axum::routing::{get, post};
use axum::serve::ListenerExt;
use shared::clock::Clock;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinHandle;

use crate::failure::Failure;

/// The timeout of every step of a process.
const PATIENCE: Duration = Duration::from_secs(10);

/// A request of a process to the Runtime API.
enum Report {
    /// It requested an event.
    Polled(Instant),
    /// It sent the response to an event.
    Answered(Bytes),
    /// It reported a failure.
    Failed(Bytes),
}

/// The Runtime API of one process.
pub struct RuntimeApi {
    /// The address on which it listens, in the form of `AWS_LAMBDA_RUNTIME_API`.
    pub address: String,
    events: mpsc::Sender<String>,
    reports: mpsc::Receiver<Report>,
    server: JoinHandle<()>,
}

struct Shared {
    events: Mutex<mpsc::Receiver<String>>,
    reports: mpsc::Sender<Report>,
}

impl RuntimeApi {
    /// Listens on a free port.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub async fn listen() -> Result<Self, Failure> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?.to_string();
        let (events, events_out) = mpsc::channel(1);
        let (reports_in, reports) = mpsc::channel(8);
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(answered))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(failed))
            .route("/2018-06-01/runtime/init/error", post(failed))
            .with_state(Arc::new(Shared { events: Mutex::new(events_out), reports: reports_in }));
        let listener = listener.tap_io(|connection| {
            // Without it, packets would only take longer.
            _ = connection.set_nodelay(true);
        });
        let server = tokio::spawn(async move {
            // A process that can no longer poll runs into the timeout.
            _ = axum::serve(listener, router).await;
        });
        Ok(Self { address, events, reports, server })
    }

    /// Waits until the process requests an event, and returns when it did.
    ///
    /// # Errors
    ///
    /// When it fails or takes too long.
    pub async fn polled(&mut self) -> Result<Instant, Failure> {
        match self.report().await? {
            Report::Polled(when) => Ok(when),
            Report::Answered(_) => Err("a function answered twice".into()),
            Report::Failed(cause) => Err(failure(&cause)),
        }
    }

    /// Sends the process an event, and waits for the response and for the request of the next event.
    ///
    /// # Errors
    ///
    /// When it fails or takes too long.
    pub async fn invoke(&mut self, event: String) -> Result<Bytes, Failure> {
        self.events.send(event).await?;
        match self.report().await? {
            Report::Answered(answer) => {
                self.polled().await?;
                Ok(answer)
            }
            Report::Polled(_) => Err("a function did not answer".into()),
            Report::Failed(cause) => Err(failure(&cause)),
        }
    }

    async fn report(&mut self) -> Result<Report, Failure> {
        let report = tokio::time::timeout(PATIENCE, self.reports.recv()).await;
        report.ok().flatten().ok_or_else(|| "a function did not respond".into())
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn failure(cause: &Bytes) -> Failure {
    format!("a function failed: {}", String::from_utf8_lossy(cause)).into()
}

async fn next(State(shared): State<Arc<Shared>>) -> Response<Body> {
    // After the measurement the channel is closed.
    _ = shared.reports.send(Report::Polled(Instant::now())).await;
    let event = shared.events.lock().await.recv().await;
    let deadline = Clock::System.now().as_seconds().saturating_add(30).saturating_mul(1_000);
    let response = Response::builder()
        .header("content-type", "application/json")
        .header("lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd")
        .header("lambda-runtime-deadline-ms", deadline)
        .header("lambda-runtime-invoked-function-arn", "arn:aws:lambda:eu-central-1:000000000000:function:bench")
        .header("lambda-runtime-trace-id", "Root=1-68d0f3a2-3c5e7f0a1b2c3d4e5f607182");
    match event {
        Some(event) => response.body(Body::from(event)).unwrap_or_default(),
        None => status(StatusCode::GONE),
    }
}

async fn answered(State(shared): State<Arc<Shared>>, body: Bytes) -> Response<Body> {
    _ = shared.reports.send(Report::Answered(body)).await;
    status(StatusCode::ACCEPTED)
}

async fn failed(State(shared): State<Arc<Shared>>, body: Bytes) -> Response<Body> {
    _ = shared.reports.send(Report::Failed(body)).await;
    status(StatusCode::ACCEPTED)
}

fn status(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::from(r#"{"status":"OK"}"#));
    *response.status_mut() = status;
    response
}
