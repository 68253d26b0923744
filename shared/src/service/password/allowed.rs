//! Whether users may sign in and register with a password.

use crate::app::App;
use crate::http::error::api::{ApiCode, ApiError};

/// Checks that this deployment lets users sign in and register with a password.
///
/// # Errors
///
/// `403 provider_required` where the upstream provider is the only way to sign in.
pub fn ensure(app: &App) -> Result<(), ApiError> {
    if !app.config.signs_in_by_providers_only() {
        return Ok(());
    }
    let names: Vec<&str> = app.config.upstreams.iter().map(|provider| provider.name.as_str()).collect();
    let message = format!("Users sign in with {} here, and not with a password", names.join(" or "));
    Err(ApiError::new(ApiCode::ProviderRequired, message))
}
