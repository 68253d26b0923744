//! The webhooks of an app, and one of them with its last attempts.

use lambda_http::http::StatusCode;
use shared::domain::webhook::WebhookId;
use shared::http::error::resource::ResourceError;
use shared::http::view::webhook::WebhookView;
use shared::http::{Response, reply};

use crate::settings::Settings;
use crate::view::{Webhooks, WithAttempts};

/// How many attempts are shown.
const ATTEMPTS: usize = 20;

/// Lists all webhooks, the oldest first.
pub(crate) async fn list(settings: &Settings<'_>) -> Result<Response, ResourceError> {
    let all = settings.all().await?;
    Ok(reply::json(StatusCode::OK, &Webhooks::new(&all, settings.now)))
}

/// Returns one webhook with its last attempts.
pub(crate) async fn one(settings: &Settings<'_>, id: WebhookId) -> Result<Response, ResourceError> {
    let found = settings.one(id).await?;
    let attempts = settings.app.stores.webhooks.attempts(id, ATTEMPTS).await?;
    Ok(reply::json(StatusCode::OK, &WithAttempts::new(WebhookView::new(&found, settings.now), attempts)))
}
