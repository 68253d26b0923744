//! An operator's request about one user.

use async_recursion::async_recursion as boxed;

use crate::app::App;
use crate::domain::audit::{AuditAction, AuditEvent};
use crate::domain::types::origin::Origin;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::{User, UserId};
use crate::http::Request;
use crate::http::error::api::ApiError;
use crate::service::caller::UserCaller;

/// An operator's request about one user, whom the body names by `id`.
pub struct OperatorRequest {
    /// The operator.
    pub operator: User,
    /// The user.
    pub user: User,
    origin: Origin,
    now: Timestamp,
}

impl OperatorRequest {
    /// Authenticates the operator, reads the body, and finds the user.
    ///
    /// # Errors
    ///
    /// Those of [`UserCaller::authenticate_admin`], `400 invalid_request`, `404 not_found`, and faults.
    #[boxed]
    pub async fn read(app: &App, request: &Request) -> Result<Self, ApiError> {
        let operator = UserCaller::authenticate_admin(app, request).await?.user;
        let mut body = request.json()?;
        let id = body.required("id", |text| UserId::parse(text).ok_or_else(|| "must be a user's id".to_owned()));
        let id = body.finish(|| id)?;
        let user = app.stores.users.find(id).await?.ok_or_else(no_such_user)?;
        Ok(Self { operator, user, origin: request.origin(), now: app.clock.now() })
    }

    /// What the operator did, for the audit trail of the user's account.
    pub fn event(&self, action: AuditAction) -> AuditEvent {
        let event = AuditEvent::new(action, self.origin.clone(), self.now).of_user(&self.operator);
        event.in_account(self.user.account_id).about(self.user.id)
    }
}

/// The error for an id of no user.
pub fn no_such_user() -> ApiError {
    ApiError::not_found("There is no such user")
}
