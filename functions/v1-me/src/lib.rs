//! `GET /api/v1/me`: the user, account and app of the token.

mod view;

use std::sync::Arc;

use lambda_http::http::StatusCode;
use shared::app::App;
use shared::http::error::resource::ResourceError;
use shared::http::{Request, Response, reply};
use shared::keys::KeyUse;
use shared::lambda::Endpoint;
use shared::service::caller::Caller;

use crate::view::Me;

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::get(env!("CARGO_PKG_NAME"), handle).uses(&[KeyUse::Published])
}

/// Returns them to any caller with a token; no scope is required, and each scope adds only what it covers. One batch read.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, ResourceError> {
    let caller = Caller::authenticate(&app, &request).await?;
    let me = match &caller {
        Caller::User(caller) => Me::of_user(caller, caller.is_admin(&app)),
        Caller::App(caller) => Me::of_app(caller),
        Caller::Delegate(caller) => Me::of_delegate(caller),
    };
    Ok(reply::json(StatusCode::OK, &me))
}
