//! `POST /api/auth-forgot-password`: mails a link by which a user chooses a new password.

use std::sync::Arc;

use serde_json::json;
use shared::app::App;
use shared::domain::types::email::EmailAddress;
use shared::http::error::api::ApiError;
use shared::http::{Request, Response, reply};
use shared::keys::KeyUse;
use shared::lambda::Endpoint;
use shared::service::email_link::reset_password;

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::post(env!("CARGO_PKG_NAME"), handle).uses(&[KeyUse::Mac])
}

/// Mails the link, if the address is somebody's; nobody learns here whether it is.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, ApiError> {
    let mut body = request.json()?;
    let email = body.required("email", EmailAddress::parse);
    let email = body.finish(|| email)?;
    if app.config.mail_from.is_none() {
        return Err(ApiError::mail_not_configured());
    }
    reset_password::request(&app, &email, &request, app.clock.now()).await?;
    Ok(reply::result(json!({})))
}
