//! `POST /api/users-enable`: an operator lets somebody in again.

use std::sync::Arc;

use shared::app::App;
use shared::audit::{AuditAction, AuditEvent};
use shared::caller::UserCaller;
use shared::http::api_error::ApiError;
use shared::http::{Request, Response, reply};
use shared::keyring::KeyUse;
use shared::lambda::Endpoint;
use shared::user::UserId;
use shared::user_record::UserRecord;
use shared::user_view::OneUser;

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::post(env!("CARGO_PKG_NAME"), handle).uses(&[KeyUse::Published])
}

/// Enables a user: they may sign in again, and their apps work again. Doing it again changes nothing.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, ApiError> {
    let operator = UserCaller::authenticate_admin(&app, &request).await?.user;
    let mut body = request.json()?;
    let id = body.required("id", |text| UserId::parse(text).ok_or_else(|| "must be a user's id".to_owned()));
    let id = body.finish(|| id)?;
    let nobody = || ApiError::not_found("There is no such user");
    let user = app.stores.users.find(id).await?.ok_or_else(nobody)?;
    let event = AuditEvent::new(AuditAction::UserEnabled, request.origin(), app.clock.now()).of_user(&operator);
    let event = event.in_account(user.account_id).about(id);
    let enabled = app.stores.enable_user(user, &event).await?.ok_or_else(nobody)?;
    Ok(reply::result(OneUser::<UserRecord>::new(&enabled)))
}
