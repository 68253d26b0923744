//! `POST /api/users-disable`: an operator disables a user.

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

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::post(env!("CARGO_PKG_NAME"), handle).uses(&[KeyUse::Published])
}

/// Disables a user and revokes their sessions permanently; their apps stop working. Repeated, it changes nothing.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, ApiError> {
    let asked = OperatorRequest::read(&app, &request).await?;
    if asked.user.id == asked.operator.id {
        return Err(ApiError::new(ApiCode::Conflict, "An operator cannot disable themselves; ask another one"));
    }
    let event = asked.event(AuditAction::UserDisabled);
    let disabled = app.stores.disable_user(asked.user, &event, app.clock.now()).await?.ok_or_else(no_such_user)?;
    Ok(reply::result(OneUser::<UserRecord>::new(&disabled)))
}
