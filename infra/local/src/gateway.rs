//! The HTTP API: finds the route, calls the function and returns its response.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, Response, StatusCode};
use shared::app::App;
use shared::clock::Clock;
use shared::lambda::Endpoint;
use tokio::net::TcpListener;

use crate::error::StartError;
use crate::event::{Arrival, event, request, response};
use crate::event_bus::EventBus;
use crate::event_bus_page;
use crate::front_page::FrontPage;
use crate::mailbox_pages::MailboxPages;
use crate::service::Service;
use crate::stack::{DEFAULT_ROUTE, Route};
use crate::streams::Streams;
use crate::webhooks_page::WebhooksPage;

/// The longest body that API Gateway accepts, in bytes.
const LONGEST_BODY: usize = 10 * 1024 * 1024;

/// Routes and the functions behind them.
pub struct Gateway {
    routes: matchit::Router<Target>,
    default: Option<Target>,
    pages: Pages,
    clock: Clock,
}

/// The pages for developers, which no deployment has.
pub struct Pages {
    /// The front page.
    pub front: FrontPage,
    /// The mailbox.
    pub mailbox: MailboxPages,
    /// The event bus.
    pub event_bus: Arc<EventBus>,
    /// The receiver of webhooks.
    pub webhooks: WebhooksPage,
}

impl Pages {
    /// The response to a request for one of them; `None` for every other request.
    fn response(&self, request: &Parts) -> Option<Response<Body>> {
        if request.uri.path() == "/" && matches!(request.method, Method::GET | Method::HEAD) {
            return Some(self.front.response());
        }
        let page = self.mailbox.response(request).or_else(|| event_bus_page::response(&self.event_bus, request));
        page.or_else(|| self.webhooks.response(request))
    }
}

/// A function behind a route.
#[derive(Clone)]
pub struct Answering {
    /// The function.
    pub endpoint: Endpoint,
    /// The function's state.
    pub app: Arc<App>,
    /// The streams, which call functions for what it adds to the tables.
    pub streams: Arc<Streams>,
}

#[derive(Clone)]
struct Target {
    route: String,
    function: Answering,
}

impl Gateway {
    /// A gateway for these routes.
    ///
    /// # Errors
    ///
    /// A route without a function, or two routes for one path.
    pub fn new(
        routes: &[Route],
        functions: &BTreeMap<&str, Answering>,
        pages: Pages,
        clock: Clock,
    ) -> Result<Self, StartError> {
        let mut gateway = Self { routes: matchit::Router::new(), default: None, pages, clock };
        for route in routes {
            let function = functions.get(route.function.as_str()).cloned().ok_or_else(|| {
                StartError::new(format!(
                    "template.yaml routes {} to {}, which is not in the registry",
                    route.path, route.function
                ))
            })?;
            let target = Target { route: route.key(), function };
            if route.path == DEFAULT_ROUTE {
                gateway.default = Some(target);
                continue;
            }
            let path = route.path.replace("{proxy+}", "{*proxy}");
            gateway.routes.insert(path, target).map_err(|error| {
                StartError::new(format!("template.yaml has a route that cannot be served, {}: {error}", route.path))
            })?;
        }
        Ok(gateway)
    }

    /// Serves until it is stopped.
    pub fn serve(self, listener: TcpListener) -> Service {
        let router = Router::new().fallback(answer).with_state(Arc::new(self));
        let serve = router.into_make_service_with_connect_info::<SocketAddr>();
        Service::start(|stop| async move {
            if let Err(error) = axum::serve(listener, serve).with_graceful_shutdown(stop.wait()).await {
                tracing::error!(cause = %error, "the gateway stopped");
            }
        })
    }

    fn target(&self, path: &str) -> Option<(Target, BTreeMap<String, String>)> {
        if let Ok(found) = self.routes.at(path) {
            let parameters = found.params.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
            return Some((found.value.clone(), parameters.collect()));
        }
        self.default.clone().map(|target| (target, BTreeMap::new()))
    }
}

async fn answer(State(gateway): State<Arc<Gateway>>, incoming: Request) -> Response<Body> {
    let (parts, body) = incoming.into_parts();
    if let Some(page) = gateway.pages.response(&parts) {
        return page;
    }
    let Some((target, path_parameters)) = gateway.target(parts.uri.path()) else {
        return refuse(StatusCode::NOT_FOUND, r#"{"message":"Not Found"}"#);
    };
    let declared = parts.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    let body = match declared {
        Some(length) if length > LONGEST_BODY => None,
        _ => to_bytes(body, LONGEST_BODY).await.ok(),
    };
    let Some(body): Option<Bytes> = body else {
        return refuse(StatusCode::PAYLOAD_TOO_LARGE, r#"{"message":"Request Entity Too Large"}"#);
    };
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
    let source = peer.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let arrival = Arrival { route: &target.route, path_parameters, source, time: gateway.clock.now() };
    let Some(request) = event(&parts, &body, &arrival).ok().and_then(|event| request(&event)) else {
        return refuse(StatusCode::BAD_REQUEST, r#"{"message":"Bad Request"}"#);
    };
    // Like on Lambda, a function runs to its end, even if the client no longer waits for the response.
    let Answering { endpoint, app, streams } = target.function;
    let answering = async move {
        let returned = streams.follow(endpoint.invoke(app, request)).await.ok();
        returned.and_then(|returned| serde_json::to_string(&returned).ok())
    };
    let returned = tokio::spawn(answering).await.ok().flatten();
    returned
        .and_then(|returned| response(&returned))
        .unwrap_or_else(|| refuse(StatusCode::INTERNAL_SERVER_ERROR, r#"{"message":"Internal Server Error"}"#))
}

/// A response of the gateway itself.
fn refuse(status: StatusCode, body: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
