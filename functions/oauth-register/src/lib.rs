//! `POST /oauth2/register`: clients introduce themselves (RFC 7591); `GET,PUT,DELETE /oauth2/register/{client_id}`: and manage
//! what they said (RFC 7592).

mod manage;
mod register;
mod reply;

use std::sync::Arc;

use lambda_http::http::Method;
use shared::app::App;
use shared::http::{Refusal, Request, Response};
use shared::keyring::KeyUse;
use shared::lambda::Endpoint;
use shared::oauth::error::OAuthError;
use shared::paths::CLIENT_REGISTRATION;

/// The endpoint.
pub fn endpoint() -> Endpoint {
    let methods = &[Method::POST, Method::GET, Method::PUT, Method::DELETE];
    Endpoint::post(env!("CARGO_PKG_NAME"), handle).methods(methods).for_everybody().uses(&[KeyUse::Published])
}

/// Answers at the one address where clients register, and at each client's own.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, OAuthError> {
    let own = request.head.path.strip_prefix(CLIENT_REGISTRATION).and_then(|rest| rest.strip_prefix('/'));
    let own = own.map(str::to_owned);
    match (own, &request.head.method) {
        (None, &Method::POST) => register::register(&app, &request).await,
        (None, _) => Err(Refusal::Method("POST, OPTIONS".to_owned()).into()),
        (Some(client_id), &Method::GET) => manage::read(&app, &request, &client_id).await,
        (Some(client_id), &Method::PUT) => manage::replace(&app, &request, &client_id).await,
        (Some(client_id), &Method::DELETE) => manage::end(&app, &request, &client_id).await,
        (Some(_), _) => Err(Refusal::Method("GET, PUT, DELETE, OPTIONS".to_owned()).into()),
    }
}
