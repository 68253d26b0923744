//! The webhooks of one app, for one caller, now.

use shared::app::App;
use shared::domain::audit::{AuditAction, AuditEvent};
use shared::domain::client::Client;
use shared::domain::client::id::AppId;
use shared::domain::event::EventType;
use shared::domain::types::origin::Origin;
use shared::domain::types::timestamp::Timestamp;
use shared::domain::user::account::AccountId;
use shared::domain::webhook::{State, Webhook, WebhookId, with_change};
use shared::http::error::api::{ApiCode, ApiError};
use shared::http::{Request, app_path};
use shared::service::caller::Caller;
use shared::service::client::management::AppManagement;

use crate::place::no_such_webhook;

/// How often a change is tried, when other requests change the app's webhooks too.
const TRIES: usize = 10;

/// The webhooks of one app, for one caller, now.
pub(crate) struct Settings<'a> {
    pub(crate) app: &'a App,
    pub(crate) id: AppId,
    pub(crate) now: Timestamp,
    caller: &'a Caller,
    client: Client,
    origin: Origin,
}

impl<'a> Settings<'a> {
    /// Loads the app of the request's path; one of another account is not found.
    pub(crate) async fn load(app: &'a App, caller: &'a Caller, request: &Request) -> Result<Self, ApiError> {
        let id = app_path::id(&request.head.path)?;
        let client = AppManagement::new(app, caller.actor(), request).find(id).await?;
        Ok(Self { app, id, now: app.clock.now(), caller, client, origin: request.origin() })
    }

    /// Checks that the caller may manage the app.
    pub(crate) fn ensure_managed(&self) -> Result<(), ApiError> {
        self.caller.ensure_can_manage(&self.client)
    }

    /// Checks that the caller may manage the app, and that it was not revoked.
    pub(crate) fn ensure_changeable(&self) -> Result<(), ApiError> {
        self.ensure_managed()?;
        if self.client.revoked_at.is_some() {
            return Err(ApiError::new(ApiCode::AppRevoked, "The app was revoked and cannot be changed"));
        }
        Ok(())
    }

    /// Checks that the caller may have events sent to another address, or may have a secret: both outlive the request.
    pub(crate) fn ensure_can_give_access(&self) -> Result<(), ApiError> {
        self.caller.ensure_recent_sign_in(self.now)?;
        self.caller.ensure_can_give_access(&self.client)
    }

    /// The types of events that the app subscribes to.
    pub(crate) fn subscriptions(&self) -> &[EventType] {
        &self.client.event_subscriptions
    }

    /// The account of the app, which is the caller's.
    pub(crate) fn account(&self) -> AccountId {
        self.caller.actor().user.account_id
    }

    /// All webhooks.
    pub(crate) async fn all(&self) -> Result<Vec<Webhook>, ApiError> {
        Ok(self.app.stores.webhooks.of_app(self.id).await?)
    }

    /// One webhook.
    pub(crate) async fn one(&self, id: WebhookId) -> Result<Webhook, ApiError> {
        one_of(self.all().await?, id)
    }

    /// Checks that a webhook is sent messages.
    pub(crate) async fn ensure_enabled(&self, id: WebhookId) -> Result<(), ApiError> {
        match self.one(id).await?.state {
            State::Enabled => Ok(()),
            State::Disabled { .. } => {
                Err(ApiError::new(ApiCode::Conflict, "The webhook is disabled, so nothing is sent to it"))
            }
        }
    }

    /// An event of the audit trail, by the caller, as yet without a subject.
    pub(crate) fn event(&self, action: AuditAction) -> AuditEvent {
        AuditEvent::new(action, self.origin.clone(), self.now).of_actor(&self.caller.actor())
    }

    /// Changes the webhooks into what `next` returns, and records it; `None` from `next` changes nothing. If another change
    /// came first, `next` decides again about the newer state. One read and one transaction, each time.
    pub(crate) async fn change(
        &self,
        action: AuditAction,
        next: impl Fn(&[Webhook]) -> Result<Option<Vec<Webhook>>, ApiError> + Sync,
    ) -> Result<Vec<Webhook>, ApiError> {
        for _ in 0..TRIES {
            let before = self.app.stores.webhooks.find(self.id).await?;
            let Some(after) = next(&before.webhooks)? else { return Ok(before.webhooks) };
            let event = self.event(action).about(self.id);
            if self.app.stores.configure_webhooks(self.id, &before, &after, &event, None).await? {
                return Ok(after);
            }
        }
        let message = "The app's webhooks were changed at the same time; look at them and try again";
        Err(ApiError::new(ApiCode::Conflict, message))
    }

    /// Changes one webhook into what `next` returns, and returns it.
    pub(crate) async fn change_one(
        &self,
        id: WebhookId,
        action: AuditAction,
        next: impl Fn(Webhook) -> Result<Webhook, ApiError> + Sync,
    ) -> Result<Webhook, ApiError> {
        let all = |before: &[Webhook]| {
            let found = one_of(before.to_vec(), id)?;
            let changed = next(found.clone())?;
            Ok((changed != found).then(|| with_change(before, id, |_| changed.clone())))
        };
        one_of(self.change(action, all).await?, id)
    }
}

fn one_of(webhooks: Vec<Webhook>, id: WebhookId) -> Result<Webhook, ApiError> {
    webhooks.into_iter().find(|webhook| webhook.id == id).ok_or_else(no_such_webhook)
}
