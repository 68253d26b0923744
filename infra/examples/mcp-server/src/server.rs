//! The routes, and the server.

use std::error::Error;
use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use rmcp::transport::StreamableHttpServerConfig;
use rmcp::transport::streamable_http_server::StreamableHttpService;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use tokio::net::TcpListener;

use crate::guard::{Guard, guard};
use crate::keys::IssuerKeys;
use crate::metadata;
use crate::settings::{PATH, Settings, WELL_KNOWN};
use crate::token::Verifier;
use crate::tools::Tools;

/// The largest request, in bytes.
const LARGEST: usize = 64 * 1024;

/// Serves until `asked_to_stop`.
///
/// # Errors
///
/// When it cannot be done on this machine.
pub async fn serve(
    listener: TcpListener,
    settings: Settings,
    asked_to_stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    // No sessions: each request brings its own token. An answer is one JSON document, so that its status is not sent
    // before the tool has said whether the token is good for it.
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_allowed_hosts(settings.hosts())
        .with_max_request_body_bytes(LARGEST);
    let streams = config.cancellation_token.clone();
    let tools = Tools::default();
    let mcp = StreamableHttpService::new(move || Ok(tools.clone()), Arc::new(NeverSessionManager::default()), config);

    let verifier = Verifier::new(&settings, IssuerKeys::new(&settings)?);
    let described = settings.clone();
    let document = get(move || async move { metadata::document(&described) });
    let routes = Router::new()
        .route_service(PATH, mcp)
        .route_layer(from_fn_with_state(Arc::new(Guard { settings, verifier }), guard))
        .route(WELL_KNOWN, document.clone())
        .route(&format!("{WELL_KNOWN}{PATH}"), document);
    let stop = async move {
        asked_to_stop.await;
        streams.cancel();
    };
    Ok(axum::serve(listener, routes).with_graceful_shutdown(stop).await?)
}
