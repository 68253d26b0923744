//! `POST /oauth2/register`: clients register dynamically (RFC 7591). `GET,PUT,DELETE /oauth2/register/{client_id}`: clients manage
//! their registration (RFC 7592).

mod manage;
mod register;
mod reply;

use std::sync::Arc;

use lambda_http::http::Method;
use shared::app::App;
use shared::domain::oauth::error::OAuthError;
use shared::http::methods::Methods;
use shared::http::{Request, Response};
use shared::keys::KeyUse;
use shared::lambda::Endpoint;
use shared::paths::CLIENT_REGISTRATION;

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::new(env!("CARGO_PKG_NAME"), Methods::AtPath(methods), handle).any_origin().uses(&[KeyUse::Published])
}

fn methods(path: &str) -> &'static [Method] {
    match own_address(path) {
        None => &[Method::POST],
        Some(_) => &[Method::GET, Method::PUT, Method::DELETE],
    }
}

/// The client whose configuration endpoint this is.
fn own_address(path: &str) -> Option<&str> {
    path.strip_prefix(CLIENT_REGISTRATION)?.strip_prefix('/')
}

/// Handles the registration endpoint, and the configuration endpoint of each client.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, OAuthError> {
    match (own_address(&request.head.path), &request.head.method) {
        (None, _) => register::register(&app, &request).await,
        (Some(client_id), &Method::PUT) => manage::replace(&app, &request, client_id).await,
        (Some(client_id), &Method::DELETE) => manage::end(&app, &request, client_id).await,
        (Some(client_id), _) => manage::read(&app, &request, client_id).await,
    }
}
