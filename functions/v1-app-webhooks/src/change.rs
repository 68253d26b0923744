//! Changes of one webhook: its settings, its secret, its deletion; and a test of it.

use lambda_http::http::StatusCode;
use shared::domain::audit::AuditAction;
use shared::domain::webhook::delivery::Delivery;
use shared::domain::webhook::{Webhook, WebhookId};
use shared::http::error::resource::ResourceError;
use shared::http::view::webhook::WebhookView;
use shared::http::{Request, Response, reply};

use crate::input::Change;
use crate::settings::Settings;
use crate::view::{Queued, WithSecret};

/// Changes what the patch names.
pub(crate) async fn patch(
    settings: &Settings<'_>,
    id: WebhookId,
    request: &Request,
) -> Result<Response, ResourceError> {
    settings.ensure_changeable()?;
    let change = Change::parse(request.merge_patch()?)?;
    let next = |webhook: Webhook| {
        if change.moves(&webhook) {
            settings.ensure_can_give_access()?;
        }
        Ok(change.of(webhook, settings.now))
    };
    let changed = settings.change_one(id, AuditAction::WebhookUpdated, next).await?;
    Ok(reply::json(StatusCode::OK, &WebhookView::new(&changed, settings.now)))
}

/// Gives the webhook another secret, which is returned once; the one before signs too for a day. Repeated, it gives another.
pub(crate) async fn rotate_secret(settings: &Settings<'_>, id: WebhookId) -> Result<Response, ResourceError> {
    settings.ensure_changeable()?;
    settings.ensure_can_give_access()?;
    let key = settings.app.keys.webhook().await?;
    let next = |webhook: Webhook| Ok(Webhook { secrets: webhook.secrets.rotated(settings.now), ..webhook });
    let rotated = settings.change_one(id, AuditAction::WebhookSecretRotated, next).await?;
    let view = WebhookView::new(&rotated, settings.now);
    Ok(reply::json(StatusCode::OK, &WithSecret::new(view, &key.secret(id, rotated.secrets))))
}

/// Deletes a webhook, also one of a revoked app: what waits for it is not sent any more. Repeated, it changes nothing.
pub(crate) async fn delete(settings: &Settings<'_>, id: WebhookId) -> Result<Response, ResourceError> {
    settings.ensure_managed()?;
    let next = |before: &[Webhook]| {
        let after: Vec<Webhook> = before.iter().filter(|webhook| webhook.id != id).cloned().collect();
        Ok((after.len() < before.len()).then_some(after))
    };
    settings.change(AuditAction::WebhookDeleted, next).await?;
    Ok(reply::empty(StatusCode::NO_CONTENT))
}

/// Puts a test into the queue, which the table's stream sends at once.
pub(crate) async fn test(settings: &Settings<'_>, id: WebhookId) -> Result<Response, ResourceError> {
    settings.ensure_changeable()?;
    settings.ensure_enabled(id).await?;
    let work = Delivery::of_test(settings.id, id, settings.account(), settings.now);
    settings.app.stores.webhooks.queue.add(&work).await?;
    Ok(reply::json(StatusCode::ACCEPTED, &Queued::new(work.id)))
}
