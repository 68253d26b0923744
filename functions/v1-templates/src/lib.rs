//! `GET /api/v1/templates`: ready-made settings for new apps, for any caller.

use std::sync::Arc;

use serde::Serialize;
use shared::app::App;
use shared::domain::client::template::{AppTemplate, TEMPLATES};
use shared::http::error::resource::ResourceError;
use shared::http::{Request, Response, reply};
use shared::lambda::Endpoint;

/// How long the response may be cached, in seconds: it changes with a deployment only.
const MAX_AGE: u32 = 3_600;

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::get(env!("CARGO_PKG_NAME"), handle).any_origin()
}

#[derive(Serialize)]
struct Templates {
    templates: [AppTemplate; 5],
}

/// Lists all templates; it reads no data.
pub async fn handle(_: Arc<App>, _: Request) -> Result<Response, ResourceError> {
    Ok(reply::public_json(&Templates { templates: TEMPLATES }, MAX_AGE))
}
