//! The shell around every handler: what runs in Lambda, on a laptop and in tests alike.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use lambda_http::http::header::{CACHE_CONTROL, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS};
use lambda_http::http::{HeaderName, Method};
use lambda_http::lambda_runtime::{self, LambdaEvent};
use lambda_http::request::LambdaRequest;
use lambda_http::{Adapter, Body, Error, Service, service_fn};
use serde::Serialize;
use serde_json::Value;
use tracing::Instrument;

use crate::app::App;
use crate::aws::connections::Connections;
use crate::clock::Clock;
use crate::config::Config;
use crate::config::log_level::LogLevel;
use crate::domain::input::refusal::Refusal;
use crate::domain::types::timestamp::Timestamp;
use crate::fault::{Chain, Fault};
use crate::fetch::https::HttpsFetcher;
use crate::fetch::{FetchDocument, NoDocuments};
use crate::http::cors::Cors;
use crate::http::error::Failure;
use crate::http::methods::Methods;
use crate::http::{Head, Request, Response, reply};
use crate::keys::KeyUse;

type Answer = BoxFuture<'static, Response>;
type Handler = Arc<dyn Fn(Arc<App>, Request) -> Answer + Send + Sync>;
type Refuse = fn(Refusal, &Head, &App) -> Response;

/// One function of the bundle that answers HTTP: its handler, and what is the same for every request to it.
#[derive(Clone)]
pub struct Endpoint {
    name: &'static str,
    methods: Methods,
    cors: Cors,
    keys: &'static [KeyUse],
    fetcher: fn() -> Arc<dyn FetchDocument>,
    handler: Handler,
    refuse: Refuse,
}

impl Endpoint {
    /// An endpoint with these methods, for pages of the origins that the operator allows.
    ///
    /// `name` is that of the function everywhere: folder, package, binary, template and log.
    pub fn new<F, Fut, E>(name: &'static str, methods: Methods, handle: F) -> Self
    where
        F: Fn(Arc<App>, Request) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Response, E>> + Send + 'static,
        E: Failure,
    {
        let handle = Arc::new(handle);
        let handler: Handler = Arc::new(move |app, request| {
            let handle = Arc::clone(&handle);
            Box::pin(async move {
                let head = Arc::clone(&request.head);
                let outcome = AssertUnwindSafe(handle(Arc::clone(&app), request)).catch_unwind().await;
                answer(outcome, &head, &app)
            })
        });
        Self { name, methods, cors: Cors::Configured, keys: &[], fetcher: no_documents, handler, refuse: refuse::<E> }
    }

    /// An endpoint that answers `GET`, for pages of the origins that the operator allows.
    pub fn get<F, Fut, E>(name: &'static str, handle: F) -> Self
    where
        F: Fn(Arc<App>, Request) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Response, E>> + Send + 'static,
        E: Failure,
    {
        Self::new(name, Methods::Of(&[Method::GET]), handle)
    }

    /// An endpoint that answers `POST`, for pages of the origins that the operator allows.
    pub fn post<F, Fut, E>(name: &'static str, handle: F) -> Self
    where
        F: Fn(Arc<App>, Request) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Response, E>> + Send + 'static,
        E: Failure,
    {
        Self::new(name, Methods::Of(&[Method::POST]), handle)
    }

    /// The same endpoint, for pages of any origin.
    pub fn any_origin(self) -> Self {
        Self { cors: Cors::AnyOrigin, ..self }
    }

    /// The same endpoint, for its own origin: hosted pages, which no other origin may read (RFC 9700 §2.6).
    pub fn same_origin(self) -> Self {
        Self { cors: Cors::SameOrigin, ..self }
    }

    /// The same endpoint, with the keys that it uses read before the first request.
    pub fn uses(self, keys: &'static [KeyUse]) -> Self {
        Self { keys, ..self }
    }

    /// The same endpoint, which accepts clients that documents describe, and fetches those documents.
    pub fn fetches_documents(self) -> Self {
        Self { fetcher: https_fetcher, ..self }
    }

    /// The same endpoint, which takes new passwords, and looks them up among the breached ones.
    pub fn takes_new_passwords(self) -> Self {
        Self { fetcher: https_fetcher, ..self }
    }

    /// The methods that it answers, beside `OPTIONS`.
    pub const fn methods(&self) -> Methods {
        self.methods
    }

    /// The function's name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Reads what the first request will need.
    pub async fn warm(&self, app: &App) {
        app.keys.warm(&app.stores.keys, self.keys).await;
    }

    /// Answers one request, whatever it is and whatever happens.
    pub async fn answer(&self, app: Arc<App>, request: lambda_http::Request) -> Response {
        let begun = Instant::now();
        let request = Request::new(request).at_issuer(app.config.issuer.as_deref());
        let span = tracing::info_span!("request", function = self.name, request_id = %request.head.request_id, route = %request.head.route);
        self.answer_in_span(app, request, begun).instrument(span).await
    }

    async fn answer_in_span(&self, app: Arc<App>, mut request: Request, begun: Instant) -> Response {
        let head = Arc::clone(&request.head);
        let mut response = if head.method == Method::OPTIONS {
            self.cors.preflight(&head, &self.methods.allow(&head.path), &app.config.allowed_origins)
        } else if let Some(method) = self.methods.handled_as(&head.method, &head.path) {
            if head.method != method {
                Arc::make_mut(&mut request.head).method = method;
            }
            if request.is_oversized() {
                (self.refuse)(Refusal::TooLarge, &head, &app)
            } else {
                (self.handler)(Arc::clone(&app), request).await
            }
        } else {
            (self.refuse)(Refusal::Method(self.methods.allow(&head.path)), &head, &app)
        };
        if head.method != Method::OPTIONS {
            self.cors.allow(&mut response, &head, &app.config.allowed_origins);
        }
        finish(&mut response, &head);
        // A preflight reaches no handler.
        if head.method != Method::OPTIONS {
            log(&mut response, &head, begun.elapsed());
        }
        response
    }

    /// Answers one event as Lambda delivers it, by everything that a deployed function consists of.
    ///
    /// # Errors
    ///
    /// None today; `lambda_http` could add some.
    pub async fn invoke(
        &self,
        app: Arc<App>,
        event: LambdaEvent<LambdaRequest>,
    ) -> Result<impl Serialize + use<>, Error> {
        let endpoint = self.clone();
        let answer = move |request| {
            let (endpoint, app) = (endpoint.clone(), Arc::clone(&app));
            async move { Ok::<_, Error>(endpoint.answer(app, request).await) }
        };
        Adapter::from(service_fn(answer)).call(event).await
    }
}

/// Why a request was refused or failed: it travels with the response to where the request is logged.
#[derive(Clone)]
struct Outcome {
    code: &'static str,
    reason: String,
    /// The cause of a fault of ours, which only the log has.
    cause: Option<String>,
}

/// The longest path that is logged, in characters: without a route, it is whatever was sent.
const LONGEST_PATH: usize = 200;

/// Logs a request when it has been answered: the one place where errors are logged. The query is not logged, because
/// some links have a token in it.
fn log(response: &mut Response, head: &Head, duration: Duration) {
    let status = response.status().as_u16();
    let (method, path): (_, String) = (head.method.as_str(), head.path.chars().take(LONGEST_PATH).collect());
    let milliseconds = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    match response.extensions_mut().remove::<Outcome>() {
        None => tracing::info!(method, path, status, milliseconds, "answered"),
        Some(Outcome { code, reason, cause: Some(cause) }) if status >= 500 => {
            tracing::error!(method, path, status, code, reason, cause, milliseconds, "failed");
        }
        // The caller's mistake, or that of a server of theirs. What they read about it is not logged twice.
        Some(Outcome { code, reason, cause }) => {
            let cause = cause.filter(|cause| *cause != reason);
            tracing::info!(method, path, status, code, reason, cause, milliseconds, "refused");
        }
    }
}

/// Turns the result of a handler into a response.
fn answer<E: Failure>(outcome: Result<Result<Response, E>, Box<dyn Any + Send>>, head: &Head, app: &App) -> Response {
    let failure = match outcome {
        Ok(Ok(response)) => return response,
        Ok(Err(failure)) => failure,
        Err(panic) => E::from(Fault::broken(format!("the handler panicked: {}", panic_message(&*panic)))),
    };
    respond(failure, head, app)
}

fn refuse<E: Failure>(refusal: Refusal, head: &Head, app: &App) -> Response {
    respond(E::from(refusal), head, app)
}

fn respond<E: Failure>(failure: E, head: &Head, app: &App) -> Response {
    let cause = failure.cause().map(|cause| Chain(&**cause).to_string());
    let outcome = Outcome { code: failure.code(), reason: failure.reason().into_owned(), cause };
    let mut response = failure.into_response(head, &app.config.brand);
    response.extensions_mut().insert(outcome);
    response
}

fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a message")
}

/// The headers that every response has.
fn finish(response: &mut Response, head: &Head) {
    reply::set(response, HeaderName::from_static("x-request-id"), &head.request_id);
    reply::set(response, X_CONTENT_TYPE_OPTIONS, "nosniff");
    reply::set(response, STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains");
    if !response.headers().contains_key(CACHE_CONTROL) {
        reply::set(response, CACHE_CONTROL, "no-store");
    }
    if head.method == Method::HEAD {
        *response.body_mut() = Body::Empty;
    }
    reply::join_repeated(response);
}

/// Runs an endpoint as a Lambda function: the whole `main` of its crate.
pub fn run(endpoint: Endpoint) -> ExitCode {
    start(endpoint.fetcher, |app| async move {
        endpoint.warm(&app).await;
        let endpoint = Arc::new(endpoint);
        lambda_runtime::run(service_fn(move |event| {
            let (endpoint, app) = (Arc::clone(&endpoint), Arc::clone(&app));
            async move { endpoint.invoke(app, event).await }
        }))
        .await
    })
}

/// The longest time that Lambda gives a function.
const LONGEST_RUN: Duration = Duration::from_secs(900);

/// An event of AWS that is no request: of a schedule, a table's stream or a rotation.
#[derive(Clone, Debug)]
pub struct Event {
    /// The event, as its source describes it.
    pub detail: Value,
    /// When Lambda stops the function.
    pub until: Instant,
}

impl Event {
    /// An event that may be handled for so long.
    pub fn within(detail: Value, time: Duration) -> Self {
        Self { detail, until: Instant::now() + time }
    }
}

/// The response to an event of a stream: the records that the stream gives to the function again.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchResponse {
    /// Only the first of them counts: the stream goes on from there.
    pub batch_item_failures: Vec<BatchItemFailure>,
}

/// One of those records.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchItemFailure {
    /// Its number in the stream.
    pub item_identifier: String,
}

impl BatchResponse {
    /// The stream goes on from the record with this number.
    pub fn again_from(number: &str) -> Self {
        Self { batch_item_failures: vec![BatchItemFailure { item_identifier: number.to_owned() }] }
    }
}

/// Runs a function that AWS calls with an event of its own kind, not over HTTP. What it returns is its response.
pub fn run_event<F, Fut, R>(handle: F) -> ExitCode
where
    F: Fn(Arc<App>, Event) -> Fut + Send + Sync + Clone + 'static,
    Fut: Future<Output = Result<R, Fault>> + Send + 'static,
    R: Serialize + 'static,
{
    run_event_using(&[], handle)
}

/// The same for a function that uses keys: they are read before the first event.
pub fn run_event_using<F, Fut, R>(keys: &'static [KeyUse], handle: F) -> ExitCode
where
    F: Fn(Arc<App>, Event) -> Fut + Send + Sync + Clone + 'static,
    Fut: Future<Output = Result<R, Fault>> + Send + 'static,
    R: Serialize + 'static,
{
    start(no_documents, |app| async move {
        app.keys.warm(&app.stores.keys, keys).await;
        lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| {
            let (handle, app) = (handle.clone(), Arc::clone(&app));
            let span = tracing::info_span!("event", request_id = %event.context.request_id);
            let handled = async move {
                // AWS retries a failed event, so the fault is returned.
                // Boxed, as the compiler limits how deep a future of futures may be.
                let deadline = i64::try_from(event.context.deadline / 1_000).unwrap_or(i64::MAX);
                let left = app.clock.now().until(Timestamp::from_seconds(deadline)).min(LONGEST_RUN);
                handle(app, Event::within(event.payload, left)).boxed().await.map_err(|fault| {
                    tracing::error!(cause = %fault, "failed");
                    Error::from(fault.to_string())
                })
            };
            handled.instrument(span)
        }))
        .await
    })
}

/// Builds what a process needs, and serves on one thread: a sandbox has one request at a time.
fn start<Serve, Fut>(fetcher: fn() -> Arc<dyn FetchDocument>, serve: Serve) -> ExitCode
where
    Serve: FnOnce(Arc<App>) -> Fut,
    Fut: Future<Output = Result<(), Error>>,
{
    #[expect(clippy::disallowed_methods, reason = "this is where a deployed process reads its configuration")]
    let config = Config::from_vars(|name| std::env::var(name).ok());
    crate::log::start(config.as_ref().map_or_else(|_| LogLevel::default(), |config| config.log_level));
    let config = match config {
        Ok(config) => config,
        Err(mistakes) => {
            tracing::error!(%mistakes, "the function cannot start");
            return ExitCode::FAILURE;
        }
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(cause = %error, "the function cannot start");
            return ExitCode::FAILURE;
        }
    };
    let app = App::new(config, Clock::System, Arc::new(Connections::default()), fetcher());
    match runtime.block_on(serve(Arc::new(app))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(cause = %error, "the function stopped");
            ExitCode::FAILURE
        }
    }
}

fn no_documents() -> Arc<dyn FetchDocument> {
    Arc::new(NoDocuments)
}

/// Only the functions that use it link it.
fn https_fetcher() -> Arc<dyn FetchDocument> {
    Arc::new(HttpsFetcher::default())
}
