//! `POST /api/auth-forgot-password`: a user who forgot their password requests a reset link.

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

/// Sends the link if a user has the address. The response does not reveal whether one has.
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
