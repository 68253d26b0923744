//! `POST /api/users-verify`: an operator marks a user's e-mail address as verified.

use std::sync::Arc;

use shared::app::App;
use shared::domain::audit::AuditAction;
use shared::http::error::api::{ApiCode, ApiError};
use shared::http::view::admin_user::UserRecord;
use shared::http::view::user::OneUser;
use shared::http::{Request, Response, reply};
use shared::keys::KeyUse;
use shared::lambda::Endpoint;
use shared::service::operator_request::{OperatorRequest, no_such_user};
use shared::store::OperatorVerified;

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::post(env!("CARGO_PKG_NAME"), handle).uses(&[KeyUse::Published])
}

/// Marks the address as verified: the operator knows that it is the user's, where no mail is sent. Nothing else changes;
/// repeated, it changes nothing.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, ApiError> {
    let asked = OperatorRequest::read(&app, &request).await?;
    let event = asked.event(AuditAction::EmailVerified);
    match app.stores.verify_by_operator(asked.user, &event).await? {
        OperatorVerified::Done(verified) => Ok(reply::result(OneUser::<UserRecord>::new(&verified))),
        OperatorVerified::NoEmail => Err(ApiError::new(ApiCode::Conflict, "The user has no e-mail address")),
        OperatorVerified::Gone => Err(no_such_user()),
    }
}
