//! `POST /api/users-enable`: an operator enables a user.

use std::sync::Arc;

use shared::app::App;
use shared::domain::audit::AuditAction;
use shared::http::error::api::ApiError;
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

/// Enables a user: they can sign in again, and their apps work again. Repeated, it changes nothing.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, ApiError> {
    let asked = OperatorRequest::read(&app, &request).await?;
    let event = asked.event(AuditAction::UserEnabled);
    let enabled = app.stores.enable_user(asked.user, &event).await?.ok_or_else(no_such_user)?;
    Ok(reply::result(OneUser::<UserRecord>::new(&enabled)))
}
