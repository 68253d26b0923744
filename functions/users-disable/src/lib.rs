//! `POST /api/users-disable`: an operator disables a user.

use std::sync::Arc;

use shared::app::App;
use shared::domain::audit::{AuditAction, AuditEvent};
use shared::domain::user::UserId;
use shared::http::error::api::{ApiCode, ApiError};
use shared::http::view::admin_user::UserRecord;
use shared::http::view::user::OneUser;
use shared::http::{Request, Response, reply};
use shared::keys::KeyUse;
use shared::lambda::Endpoint;
use shared::service::caller::UserCaller;

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::post(env!("CARGO_PKG_NAME"), handle).uses(&[KeyUse::Published])
}

/// Disables a user and revokes their sessions permanently; their apps stop working. Repeated, it changes nothing.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, ApiError> {
    let operator = UserCaller::authenticate_admin(&app, &request).await?.user;
    let mut body = request.json()?;
    let id = body.required("id", |text| UserId::parse(text).ok_or_else(|| "must be a user's id".to_owned()));
    let id = body.finish(|| id)?;
    if id == operator.id {
        return Err(ApiError::new(ApiCode::Conflict, "An operator cannot disable themselves; ask another one"));
    }
    let (now, unknown) = (app.clock.now(), || ApiError::not_found("There is no such user"));
    let user = app.stores.users.find(id).await?.ok_or_else(unknown)?;
    let event = AuditEvent::new(AuditAction::UserDisabled, request.origin(), now).of_user(&operator);
    let event = event.in_account(user.account_id).about(id);
    let disabled = app.stores.disable_user(user, &event, now).await?.ok_or_else(unknown)?;
    Ok(reply::result(OneUser::<UserRecord>::new(&disabled)))
}
