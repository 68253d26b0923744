//! A new webhook.

use lambda_http::http::StatusCode;
use lambda_http::http::header::LOCATION;
use shared::domain::audit::AuditAction;
use shared::domain::webhook::Webhook;
use shared::http::error::api::{ApiCode, ApiError};
use shared::http::error::resource::ResourceError;
use shared::http::view::webhook::WebhookView;
use shared::http::{Request, Response, reply};
use shared::paths::APPS;

use crate::input::New;
use crate::settings::Settings;
use crate::view::WithSecret;

/// Creates a webhook and returns its secret once. A request that is sent again after a lost response creates another one.
pub(crate) async fn create(settings: &Settings<'_>, request: &Request) -> Result<Response, ResourceError> {
    settings.ensure_changeable()?;
    let New { url, types } = New::parse(request.json()?, settings.subscriptions())?;
    settings.ensure_can_give_access()?;
    let (app, now) = (settings.app, settings.now);
    let issuer = app.keys.issuer(&app.stores.keys).await?;
    let key = app.keys.webhook().await?;
    let new = Webhook::new(url, types, now);
    let next = |before: &[Webhook]| {
        if before.len() >= Webhook::MOST {
            return Err(full());
        }
        Ok(Some([before, std::slice::from_ref(&new)].concat()))
    };
    settings.change(AuditAction::WebhookCreated, next).await?;
    let view = WithSecret::new(WebhookView::new(&new, now), &key.secret(new.id, new.secrets));
    let mut response = reply::json(StatusCode::CREATED, &view);
    reply::set(&mut response, LOCATION, &format!("{issuer}{APPS}/{}/webhooks/{}", settings.id, new.id));
    Ok(response)
}

fn full() -> ApiError {
    ApiError::new(ApiCode::QuotaExceeded, format!("An app may have at most {} webhooks", Webhook::MOST))
}
