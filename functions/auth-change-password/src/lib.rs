//! `POST /api/auth-change-password`: gives a person who knows their password another one.

use std::sync::Arc;

use serde_json::json;
use shared::app::App;
use shared::audit::AuditAction;
use shared::caller::UserCaller;
use shared::http::api_error::ApiError;
use shared::http::{Request, Response, reply};
use shared::keyring::KeyUse;
use shared::lambda::Endpoint;
use shared::password::Password;
use shared::store::PasswordChanged;
use shared::{new_password, password_change};

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::post(env!("CARGO_PKG_NAME"), handle).uses(&[KeyUse::Published])
}

/// Changes the password; every session but this one ends.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, ApiError> {
    let now = app.clock.now();
    let UserCaller { user, session } = UserCaller::authenticate(&app, &request).await?;
    let mut body = request.json()?;
    let current = body.required("current_password", Password::parse);
    let new = new_password::read(&mut body, "new_password");
    let (current, new) = body.finish(|| current.zip(new))?;
    let new = new_password::accept(&app, &user, new, "new_password").map_err(ApiError::invalid_input)?;
    if !password_change::confirm(&app, &user, &current, AuditAction::PasswordChanged, &request, now).await? {
        return Err(password_change::wrong("current_password"));
    }
    match password_change::change(&app, &user, &session, &new, &request, now).await? {
        PasswordChanged::Done => Ok(reply::result(json!({}))),
        PasswordChanged::Raced => Err(ApiError::raced()),
    }
}
