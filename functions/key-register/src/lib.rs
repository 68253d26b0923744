//! `POST /register`: creates a user key, for a new user or for the caller.

mod addition;
mod new_user;

use std::sync::Arc;

use lambda_http::http::StatusCode;
use serde::Serialize;
use shared::app::App;
use shared::http::bearer::{Bearer, bearer};
use shared::http::error::resource::ResourceError;
use shared::http::{Request, Response, reply};
use shared::keys::KeyUse;
use shared::lambda::Endpoint;

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::post(env!("CARGO_PKG_NAME"), handle).uses(&[KeyUse::Published]).takes_new_passwords()
}

#[derive(Serialize)]
struct Registered {
    user_key: String,
}

/// Registers a user with a key, or adds a key to the user whose access token comes with the request.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, ResourceError> {
    let key = match bearer(&request.head) {
        Bearer::None => new_user::register(&app, &request).await?,
        Bearer::Token(_) | Bearer::Malformed => addition::add(&app, &request).await?,
    };
    Ok(reply::json(StatusCode::OK, &Registered { user_key: key.shown().to_string() }))
}
