//! Deployments in which apps wait until a user's e-mail address is verified.

use crate::app::App;
use crate::domain::user::User;
use crate::http::error::api::{ApiCode, ApiError};

/// Returns whether apps may act for this user, and this user may have apps.
pub fn is_enough(app: &App, user: &User) -> bool {
    user.is_email_verified() || !app.config.requires_verified_email
}

/// Checks the same.
///
/// # Errors
///
/// `403 email_not_verified` only.
pub fn ensure(app: &App, user: &User) -> Result<(), ApiError> {
    if is_enough(app, user) {
        return Ok(());
    }
    Err(ApiError::new(ApiCode::EmailNotVerified, "Verify your e-mail address first"))
}
