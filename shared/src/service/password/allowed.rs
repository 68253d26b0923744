//! Whether users may sign in and register with a password.

use crate::app::App;
use crate::domain::upstream::provider::Mode;
use crate::http::error::api::{ApiCode, ApiError};

/// Checks that this deployment lets users sign in and register with a password.
///
/// # Errors
///
/// `403 provider_required` where the upstream provider is the only way to sign in.
pub fn ensure(app: &App) -> Result<(), ApiError> {
    match app.config.upstream.as_ref().filter(|provider| provider.mode == Mode::Only) {
        Some(provider) => {
            let message = format!("Users sign in with {} here, and not with a password", provider.name);
            Err(ApiError::new(ApiCode::ProviderRequired, message))
        }
        None => Ok(()),
    }
}
