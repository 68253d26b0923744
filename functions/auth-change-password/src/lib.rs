//! `POST /api/auth-change-password`: changes the password of a user who knows the current one.

use std::sync::Arc;

use serde_json::json;
use shared::app::App;
use shared::domain::audit::AuditAction;
use shared::domain::password::Password;
use shared::http::error::api::ApiError;
use shared::http::{Request, Response, reply};
use shared::keys::KeyUse;
use shared::lambda::Endpoint;
use shared::service::caller::UserCaller;
use shared::service::password::{breached, change, new};
use shared::store::PasswordChanged;

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::post(env!("CARGO_PKG_NAME"), handle).uses(&[KeyUse::Published]).takes_new_passwords()
}

/// Changes the password; every session but this one ends.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, ApiError> {
    let now = app.clock.now();
    let UserCaller { user, session } = UserCaller::authenticate(&app, &request).await?;
    let mut body = request.json()?;
    let current = body.required("current_password", Password::parse);
    let new = new::read(&mut body, "new_password");
    let (current, new) = body.finish(|| current.zip(new))?;
    let new = new::accept(&app, &user, new, "new_password").map_err(ApiError::invalid_input)?;
    if !change::confirm(&app, &user, &current, AuditAction::PasswordChanged, &request, now).await? {
        return Err(change::wrong("current_password"));
    }
    breached::ensure_none(&app, &new, "new_password").await.map_err(ApiError::invalid_input)?;
    match change::change(&app, &user, &session, &new, &request, now).await? {
        PasswordChanged::Done => Ok(reply::result(json!({}))),
        PasswordChanged::Raced => Err(ApiError::raced()),
    }
}
