//! `POST /api/auth-reset-password`: sets a new password with the token of a mailed link.

use std::sync::Arc;

use serde_json::json;
use shared::app::App;
use shared::http::error::api::ApiError;
use shared::http::{Request, Response, reply};
use shared::keys::KeyUse;
use shared::lambda::Endpoint;
use shared::service::counted_sign_in;
use shared::service::email_link::redeem::LinkOutcome;
use shared::service::email_link::reset_password;
use shared::service::password::{breached, new};

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::post(env!("CARGO_PKG_NAME"), handle).uses(&[KeyUse::Mac]).takes_new_passwords()
}

/// Sets the password. The link is checked first, so that an invalid one costs no password hash. Every session ends; none begins.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, ApiError> {
    let now = app.clock.now();
    let mut body = request.json()?;
    let token = body.required("token", |text| Ok(text.to_owned()));
    let password = new::read(&mut body, "password");
    let (token, password) = body.finish(|| token.zip(password))?;
    let loaded = reset_password::find(&app, &token, now).await?.ok_or_else(ApiError::invalid_link)?;
    let password = new::accept(&app, &loaded.user, password, "password").map_err(ApiError::invalid_input)?;
    breached::ensure_none(&app, &password, "password").await.map_err(ApiError::invalid_input)?;
    match reset_password::reset(&app, loaded, &password, None, &request, now).await? {
        LinkOutcome::Done(user) => {
            counted_sign_in::forgive_after_reset(&app, &user, &request, None, now).await;
            Ok(reply::result(json!({})))
        }
        LinkOutcome::Raced => Err(ApiError::raced()),
        LinkOutcome::Void | LinkOutcome::EmailTaken => Err(ApiError::invalid_link()),
    }
}
