//! `POST /api/users-verify`: an operator marks a user's e-mail address as verified.

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
use shared::store::OperatorVerified;

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::post(env!("CARGO_PKG_NAME"), handle).uses(&[KeyUse::Published])
}

/// Marks the address as verified: the operator knows that it is the user's, where no mail is sent. Nothing else changes;
/// repeated, it changes nothing.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, ApiError> {
    let operator = UserCaller::authenticate_admin(&app, &request).await?.user;
    let mut body = request.json()?;
    let id = body.required("id", |text| UserId::parse(text).ok_or_else(|| "must be a user's id".to_owned()));
    let id = body.finish(|| id)?;
    let unknown = || ApiError::not_found("There is no such user");
    let user = app.stores.users.find(id).await?.ok_or_else(unknown)?;
    let event = AuditEvent::new(AuditAction::EmailVerified, request.origin(), app.clock.now()).of_user(&operator);
    let event = event.in_account(user.account_id).about(id);
    match app.stores.verify_by_operator(user, &event).await? {
        OperatorVerified::Done(verified) => Ok(reply::result(OneUser::<UserRecord>::new(&verified))),
        OperatorVerified::NoEmail => Err(ApiError::new(ApiCode::Conflict, "The user has no e-mail address")),
        OperatorVerified::Gone => Err(unknown()),
    }
}
