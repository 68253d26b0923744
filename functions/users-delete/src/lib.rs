//! `POST /api/users-delete`: deletes a user and all of their data.

use std::sync::Arc;

use serde_json::json;
use shared::app::App;
use shared::domain::audit::AuditAction;
use shared::domain::oauth::scope::Scope;
use shared::domain::password::Password;
use shared::domain::types::timestamp::Timestamp;
use shared::domain::user::deletion::DeletedBy;
use shared::http::error::api::ApiError;
use shared::http::{Request, Response, reply};
use shared::keys::KeyUse;
use shared::lambda::Endpoint;
use shared::service::caller::Caller;
use shared::service::password::change;
use shared::service::user::deletion;

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::post(env!("CARGO_PKG_NAME"), handle).uses(&[KeyUse::Published])
}

/// Deletes the user of the token, who can restore their account for a while. A user must send their password once more; an app
/// with the scope `gdpr_write` cannot know it, and never deletes at once.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, ApiError> {
    let now = app.clock.now();
    let user = Caller::authenticate(&app, &request).await?.into_acting_user(&app, Scope::GDPR_WRITE).await?;
    let mut body = request.json()?;
    if user.session.is_some() {
        let password = body.required("password", Password::parse);
        let password = body.finish(|| password)?;
        if !change::confirm(&app, &user.user, &password, AuditAction::UserDeleted, &request, now).await? {
            return Err(change::wrong("password"));
        }
    }
    let by = if user.session.is_some() { DeletedBy::User } else { DeletedBy::App };
    let deletion = deletion::delete(&app, &user.user, by, &request, now).await?.ok_or_else(ApiError::raced)?;
    Ok(reply::result(json!({"restorable_until": deletion.restorable_until.map(Timestamp::to_rfc3339)})))
}
