//! A webhook whose receiver takes no events is disabled, and its maker is told.

use async_recursion::async_recursion as boxed;

use crate::app::App;
use crate::domain::audit::{AuditAction, AuditEvent};
use crate::domain::client::id::{AppId, ClientId};
use crate::domain::mail::message::MailMessage;
use crate::domain::types::origin::Origin;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::webhook::{State, Webhook, WebhookId, Why, with_change};
use crate::fault::Fault;
use crate::service::notice;
use crate::store::Load;

/// How often a change is tried that races with another.
const TRIES: usize = 5;

/// Disables a webhook, records it, and puts a mail to the app's maker into the outbox, in one transaction. One that is disabled or
/// deleted already stays so, and no mail is sent twice.
///
/// # Errors
///
/// [`Fault`] when the tables cannot be read or written, or too many changes race; the next attempt then does it.
#[boxed]
pub(super) async fn disable(app: &App, app_id: AppId, id: WebhookId, why: Why, now: Timestamp) -> Result<(), Fault> {
    let load = Load { client: Some(ClientId::Registered(app_id)), ..Load::default() };
    let loaded = app.load(load).await?;
    let account = loaded.client.as_ref().and_then(|client| Some(client.owner?.account_id));
    let event = AuditEvent::new(AuditAction::WebhookDisabled, Origin::default(), now).in_account(account).about(app_id);
    let message = MailMessage::WebhookDisabled { app_id, webhook_id: id, why };
    let mail = loaded.creator.and_then(|maker| notice::to_user(app, &maker, message, now));
    for _ in 0..TRIES {
        let before = app.stores.webhooks.find(app_id).await?;
        let is_enabled = |webhook: &Webhook| webhook.id == id && webhook.state == State::Enabled;
        if !before.webhooks.iter().any(is_enabled) {
            return Ok(());
        }
        let after = with_change(&before.webhooks, id, |webhook| webhook.disabled(why, now));
        if app.stores.configure_webhooks(app_id, &before, &after, &event, mail.as_ref()).await? {
            return Ok(());
        }
    }
    Err(Fault::unavailable("too many changes of an app's webhooks come at once"))
}
