//! `GET /openapi.json`, `GET /docs` and `GET /docs/errors`: the description of every endpoint, for programs and for
//! developers, and of the codes of OAuth errors.

pub mod document;
pub mod errors;
mod json;
mod model;
mod page;
mod service;

use std::sync::Arc;

use shared::app::App;
use shared::http::error::api::ApiError;
use shared::http::{Request, Response, reply};
use shared::lambda::Endpoint;
use shared::paths::ERRORS;

use document::Document;

pub use json::openapi;
pub use service::Service;

/// How long the document may be cached, in seconds.
const MAX_AGE: u32 = 300;

/// The endpoint. It needs neither tables nor keys.
pub fn endpoint() -> Endpoint {
    Endpoint::get(env!("CARGO_PKG_NAME"), handle).any_origin()
}

/// Returns the document or a page.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, ApiError> {
    let document = || Document::of(Service::of(&app.config));
    Ok(match request.head.path.as_str() {
        "/docs" => reply::public(page::page(&document(), &app.config.brand), MAX_AGE),
        ERRORS => reply::public(errors::page(&app.config.brand), MAX_AGE),
        _ => reply::public_json(&openapi(&document()), MAX_AGE),
    })
}
