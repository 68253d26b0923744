//! `POST /oauth2/device_authorization`: an app on a device without a browser requests access (RFC 8628 §3.1).
//! `GET,POST /device`: its user types the code that the device shows.

mod authorization;
mod error;
mod page;

use std::sync::Arc;

use lambda_http::http::Method;
use shared::app::App;
use shared::http::methods::Methods;
use shared::http::{Request, Response};
use shared::keys::KeyUse;
use shared::lambda::Endpoint;
use shared::paths::DEVICE;

use error::DeviceError;

/// The endpoint. Its page is for users only, and an app on another device is not a page of another origin: so no CORS.
pub fn endpoint() -> Endpoint {
    Endpoint::new(env!("CARGO_PKG_NAME"), Methods::AtPath(methods), handle)
        .same_origin()
        .uses(&[KeyUse::Published, KeyUse::Mac])
        .fetches_documents()
}

fn methods(path: &str) -> &'static [Method] {
    if path == DEVICE { &[Method::GET, Method::POST] } else { &[Method::POST] }
}

/// Handles a request of the app or of its user.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, DeviceError> {
    match (request.head.path == DEVICE, &request.head.method) {
        (true, &Method::POST) => Ok(page::submit(&app, &request).await?),
        (true, _) => Ok(page::show(&app, &request).await?),
        (false, _) => Ok(authorization::authorize(&app, &request).await?),
    }
}
