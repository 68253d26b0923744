//! `POST /oauth2/device_authorization`: an app on a device without a browser asks (RFC 8628 §3.1); `GET,POST /device`: its person
//! types the code that it shows.

mod authorization;
mod error;
mod page;

use std::sync::Arc;

use lambda_http::http::Method;
use shared::app::App;
use shared::http::{Request, Response};
use shared::keys::KeyUse;
use shared::lambda::Endpoint;
use shared::paths::DEVICE;

use error::DeviceError;

/// The endpoint. Its page is for people alone, and an app on another device is no page of another origin: so no CORS.
pub fn endpoint() -> Endpoint {
    Endpoint::post(env!("CARGO_PKG_NAME"), handle)
        .pages()
        .methods(methods)
        .uses(&[KeyUse::Published, KeyUse::Mac])
        .fetches_documents()
}

fn methods(path: &str) -> &'static [Method] {
    if path == DEVICE { &[Method::GET, Method::POST] } else { &[Method::POST] }
}

/// Answers the app, or its person.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, DeviceError> {
    match (request.head.path == DEVICE, &request.head.method) {
        (true, &Method::POST) => Ok(page::submit(&app, &request).await?),
        (true, _) => Ok(page::show(&app, &request).await?),
        (false, _) => Ok(authorization::begin(&app, &request).await?),
    }
}
