//! Managing the apps of an account: what the JSON API and the management API do alike.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::app::App;
use crate::domain::actor::Actor;
use crate::domain::audit::{AuditAction, AuditEvent};
use crate::domain::client::id::AppId;
use crate::domain::client::metadata::ClientMetadata;
use crate::domain::client::secret::ClientSecret;
use crate::domain::client::{AppChange, Client, Owner};
use crate::domain::types::origin::Origin;
use crate::domain::types::timestamp::Timestamp;
use crate::fault::Fault;
use crate::http::Request;
use crate::http::error::api::{ApiCode, ApiError};
use crate::store::{AppChanged, AppConfigured, SecretsRotated};

/// How many apps a page of a list may have.
pub const PAGE: RangeInclusive<u64> = 1..=100;
/// How many apps a page has where nobody says how many.
pub const DEFAULT_PAGE: u64 = 50;
/// For how long an old secret may go on beside the new one, in seconds: 30 days at most.
pub const OVERLAP: RangeInclusive<u64> = 0..=30 * 86_400;
/// How often a change that rests on what the app was is tried, where others change it too.
const TRIES: usize = 10;

/// Somebody who manages the apps of their account, now.
pub struct AppManagement<'a> {
    app: &'a App,
    actor: Actor,
    origin: Origin,
    now: Timestamp,
}

impl<'a> AppManagement<'a> {
    /// Whoever sent this request, and was found to be allowed to.
    pub fn new(app: &'a App, actor: Actor, request: &Request) -> Self {
        Self { app, actor, origin: request.origin(), now: app.clock.now() }
    }

    fn event(&self, action: AuditAction) -> AuditEvent {
        AuditEvent::new(action, self.origin.clone(), self.now).of_actor(&self.actor)
    }

    /// Makes an app, with a secret if it proves itself by one: one transaction.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be written.
    pub async fn create(&self, metadata: ClientMetadata) -> Result<(Client, Option<ClientSecret>), Fault> {
        let owner = Owner { account_id: self.actor.account_id, created_by: self.actor.user_id };
        let mut new = Client::of_account(owner, metadata, self.now);
        let secret = new.ensure_secret(self.now);
        let event = self.event(AuditAction::AppCreated).about_client(&new.client_id);
        self.app.stores.create_app(&new, &event).await?;
        Ok((new, secret))
    }

    /// Finds an app; another account's is not there.
    ///
    /// # Errors
    ///
    /// `404 not_found` and [`Fault`]s.
    pub async fn find(&self, id: AppId) -> Result<Client, ApiError> {
        self.app.stores.apps.find(self.actor.account_id, id).await?.ok_or_else(no_such_app)
    }

    /// Lists the apps, oldest first, from behind `after`, and says where to go on.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be read.
    pub async fn list(
        &self,
        after: Option<AppId>,
        limit: u64,
        include_revoked: bool,
    ) -> Result<(Vec<Client>, Option<AppId>), Fault> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        self.app.stores.apps.list(self.actor.account_id, after, limit, include_revoked).await
    }

    /// Changes what is named, and nothing else; a scope that is taken away is gone from the app's tokens at once.
    ///
    /// # Errors
    ///
    /// `404 not_found`, `409 app_revoked`, and [`Fault`]s.
    pub async fn change(&self, id: AppId, change: &AppChange) -> Result<Client, ApiError> {
        let changed = self.app.stores.apps.update(self.actor.account_id, id, change).await?;
        self.record(AuditAction::AppUpdated, id, changed).await
    }

    /// Ends an app for good: its secret and its tokens stop working at once. Ending it again changes nothing.
    ///
    /// # Errors
    ///
    /// `404 not_found` and [`Fault`]s.
    pub async fn revoke(&self, id: AppId) -> Result<Client, ApiError> {
        let revoked = self.app.stores.apps.revoke(self.actor.account_id, id, self.now).await?;
        self.record(AuditAction::AppRevoked, id, revoked).await
    }

    /// Switches an app off: until it is switched on again, its tokens are refused and it gets none. Doing it again changes
    /// nothing.
    ///
    /// # Errors
    ///
    /// `404 not_found`, `409 app_revoked`, and [`Fault`]s.
    pub async fn disable(&self, id: AppId) -> Result<Client, ApiError> {
        let disabled = self.app.stores.apps.switch(self.actor.account_id, id, Some(self.now)).await?;
        self.record(AuditAction::AppDisabled, id, disabled).await
    }

    /// Switches an app on again; its tokens work again, as far as they have not expired. Doing it again changes nothing.
    ///
    /// # Errors
    ///
    /// `404 not_found`, `409 app_revoked`, and [`Fault`]s.
    pub async fn enable(&self, id: AppId) -> Result<Client, ApiError> {
        let enabled = self.app.stores.apps.switch(self.actor.account_id, id, None).await?;
        self.record(AuditAction::AppEnabled, id, enabled).await
    }

    /// Ends every token and code that an app has, and no consent: users need not agree again.
    ///
    /// # Errors
    ///
    /// `404 not_found`, `409 app_revoked`, and [`Fault`]s.
    pub async fn revoke_tokens(&self, id: AppId) -> Result<Client, ApiError> {
        let revoked = self.app.stores.apps.revoke_tokens(self.actor.account_id, id).await?;
        self.record(AuditAction::AppTokensRevoked, id, revoked).await
    }

    /// Changes what is said of an app into what `next` makes of it. Where another change came first, `next` decides again
    /// about what that left, so nothing is overwritten that it has not seen. One read and one transaction, each time.
    ///
    /// # Errors
    ///
    /// `404 not_found`, `409 app_revoked`, what `next` says, `409 conflict` when the app changes all the time, and
    /// [`Fault`]s.
    pub async fn configure(
        &self,
        id: AppId,
        next: impl Fn(&Client) -> Result<Client, ApiError>,
    ) -> Result<Client, ApiError> {
        for _ in 0..TRIES {
            let before = self.find(id).await?;
            if before.revoked_at.is_some() {
                return Err(app_revoked());
            }
            let after = next(&before)?;
            let event = self.event(AuditAction::AppUpdated).about(id);
            match self.app.stores.configure_app(&before, after, &event, self.now).await? {
                AppConfigured::Done(changed) => return Ok(*changed),
                AppConfigured::Raced => {}
            }
        }
        Err(changed_meanwhile())
    }

    /// Writes down what was done just now. A fault here is the request's, and repeating that is safe.
    async fn record(&self, action: AuditAction, id: AppId, changed: AppChanged) -> Result<Client, ApiError> {
        match changed {
            AppChanged::Done(app) => {
                self.app.stores.audit.record(&self.event(action).about(id)).await?;
                Ok(*app)
            }
            AppChanged::Revoked => Err(app_revoked()),
            AppChanged::NotFound => Err(no_such_app()),
        }
    }

    /// Gives an app a new secret, and lets the old one go on for `overlap`. One read and one transaction, so that of two
    /// rotations at once only one is done.
    ///
    /// # Errors
    ///
    /// `404 not_found`, `409 app_revoked`, `409 conflict` for an app without secrets or when something else changed it
    /// first, and [`Fault`]s.
    pub async fn rotate_secret(&self, found: &Client, overlap: Duration) -> Result<(Client, ClientSecret), ApiError> {
        if found.revoked_at.is_some() {
            return Err(app_revoked());
        }
        if !found.metadata.token_endpoint_auth_method.needs_secret() {
            return Err(ApiError::new(ApiCode::Conflict, "The app proves itself without a secret and has none"));
        }
        let secret = ClientSecret::generate();
        let secrets = found.rotated_secrets(&secret, overlap, self.now);
        let event = self.event(AuditAction::AppSecretRotated).about_client(&found.client_id);
        match self.app.stores.rotate_secrets(found, &secrets, &event, self.now).await? {
            SecretsRotated::Done(rotated) => Ok((*rotated, secret)),
            SecretsRotated::Raced => Err(changed_meanwhile()),
        }
    }
}

fn no_such_app() -> ApiError {
    ApiError::not_found("Your account has no such app")
}

fn app_revoked() -> ApiError {
    ApiError::new(ApiCode::AppRevoked, "The app was revoked and cannot be changed")
}

fn changed_meanwhile() -> ApiError {
    ApiError::new(ApiCode::Conflict, "The app was changed at the same time; look at it and try again")
}
