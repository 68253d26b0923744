//! Managing the apps of an account: what the JSON API and the management API do alike.

use std::ops::RangeInclusive;
use std::time::Duration;

use async_recursion::async_recursion as boxed;

use crate::app::App;
use crate::domain::actor::Actor;
use crate::domain::audit::{AuditAction, AuditEvent};
use crate::domain::client::id::AppId;
use crate::domain::client::metadata::ClientMetadata;
use crate::domain::client::secret::ClientSecret;
use crate::domain::client::{AppChange, Client, Owner};
use crate::domain::mail::message::OutgoingMail;
use crate::domain::types::origin::Origin;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::binding::Binding;
use crate::fault::Fault;
use crate::http::Request;
use crate::http::error::api::{ApiCode, ApiError};
use crate::service::attempt::Attempt;
use crate::service::caller::Caller;
use crate::service::client::creation;
use crate::service::{notice, throttle, verified_email};
use crate::store::{AppChanged, AppConfigured, AppSwitch, SecretsRotated};

/// How many apps a page of a list may have.
pub const PAGE: RangeInclusive<u64> = 1..=100;
/// How many apps a page has by default.
pub const DEFAULT_PAGE: u64 = 50;
/// For how long an old secret may stay valid beside the new one, in seconds: 30 days at most.
pub const OVERLAP: RangeInclusive<u64> = 0..=30 * 86_400;
/// How often a change that depends on the app's current state is tried, when other requests change it too.
const TRIES: usize = 10;

/// Management of the apps of an account, by one caller, now.
pub struct AppManagement<'a> {
    app: &'a App,
    actor: Actor<'a>,
    origin: Origin,
    now: Timestamp,
}

impl<'a> AppManagement<'a> {
    /// Management by the caller of this request, who is allowed to do it.
    pub fn new(app: &'a App, actor: Actor<'a>, request: &Request) -> Self {
        Self { app, actor, origin: request.origin(), now: app.clock.now() }
    }

    fn event(&self, action: AuditAction) -> AuditEvent {
        AuditEvent::new(action, self.origin.clone(), self.now).of_actor(&self.actor)
    }

    /// The notice to the user; what a program of theirs does by itself every day is not told.
    async fn notice(&self, app: Option<AppId>, what: fn(AppId) -> Binding) -> Result<Option<OutgoingMail>, ApiError> {
        let Some(id) = app.filter(|_| !self.actor.acts_for_itself()) else { return Ok(None) };
        let attempt = Attempt::new(self.origin.clone(), self.now);
        throttle::charge_notice(self.app, self.actor.user, attempt).await?;
        Ok(notice::of_binding(self.app, self.actor.user, what(id), &self.origin, self.now))
    }

    /// Creates an app, with a secret if it authenticates by one, if the account may have one more.
    ///
    /// # Errors
    ///
    /// `403 email_not_verified` where that is required, `403 quota_exceeded`, `429 rate_limited`, and [`Fault`]s.
    #[boxed]
    pub async fn create(&self, metadata: ClientMetadata) -> Result<(Client, Option<ClientSecret>), ApiError> {
        verified_email::ensure(self.app, self.actor.user)?;
        let new = Client::of_account(Owner::of(self.actor.user), metadata, self.now);
        let mut new = Client { made_by: self.actor.as_maker(), ..new };
        let secret = new.ensure_secret(self.now);
        let event = self.event(AuditAction::AppCreated).about_client(&new.client_id);
        let notice = self.notice(new.client_id.app_id(), Binding::App).await?;
        if creation::create(self.app, self.actor.user, &new, notice.as_ref(), &event, self.now).await? {
            Ok((new, secret))
        } else {
            Err(ApiError::quota_exceeded("apps", self.app.config.quotas_of(self.actor.user).apps))
        }
    }

    /// Returns an app; one of another account is not found.
    ///
    /// # Errors
    ///
    /// `404 not_found` and [`Fault`]s.
    #[boxed]
    pub async fn find(&self, id: AppId) -> Result<Client, ApiError> {
        let found = self.app.stores.apps.find(self.actor.user.account_id, id).await?.ok_or_else(no_such_app)?;
        Ok(self.as_it_works(found))
    }

    /// Checks that the caller may manage an app: one read for a caller with scopes, and none for others.
    ///
    /// # Errors
    ///
    /// `403 forbidden`, `404 not_found` and [`Fault`]s.
    #[boxed]
    pub async fn ensure_managed_by(&self, caller: &Caller, id: AppId) -> Result<(), ApiError> {
        if caller.scopes().is_none() {
            return Ok(());
        }
        caller.ensure_can_manage(&self.find(id).await?)
    }

    /// The app with when it stopped working, if it waits for the user to keep or delete it.
    fn as_it_works(&self, app: Client) -> Client {
        let user = self.actor.user;
        let is_held = app.owner.is_some_and(|owner| owner.is_held_by(user));
        let held_at = user.email_verified_at.filter(|_| is_held);
        Client { disabled_at: app.disabled_at.or(held_at), ..app }
    }

    /// Lists the apps after `after`, oldest first, and returns where the list continues.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be read.
    #[boxed]
    pub async fn list(
        &self,
        after: Option<AppId>,
        limit: u64,
        include_revoked: bool,
    ) -> Result<(Vec<Client>, Option<AppId>), Fault> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let (apps, next) = self.app.stores.apps.list(self.actor.user.account_id, after, limit, include_revoked).await?;
        Ok((apps.into_iter().map(|app| self.as_it_works(app)).collect(), next))
    }

    /// Changes only what is named; a scope that is removed is lost to the app's tokens at once.
    ///
    /// # Errors
    ///
    /// `404 not_found`, `409 app_revoked`, and [`Fault`]s.
    #[boxed]
    pub async fn change(&self, id: AppId, change: &AppChange) -> Result<Client, ApiError> {
        let changed = self.app.stores.apps.update(self.actor.user.account_id, id, change).await?;
        self.record(AuditAction::AppUpdated, id, changed).await
    }

    /// Revokes an app permanently: its secret and its tokens stop working at once. Repeated, it changes nothing.
    ///
    /// # Errors
    ///
    /// `404 not_found` and [`Fault`]s.
    #[boxed]
    pub async fn revoke(&self, id: AppId) -> Result<Client, ApiError> {
        let revoked = self.app.stores.apps.revoke(self.actor.user.account_id, id, self.now).await?;
        self.record(AuditAction::AppRevoked, id, revoked).await
    }

    /// Disables an app: until it is enabled again, its tokens are refused and it gets none. Repeated, it changes
    /// nothing.
    ///
    /// # Errors
    ///
    /// `404 not_found`, `409 app_revoked`, and [`Fault`]s.
    #[boxed]
    pub async fn disable(&self, id: AppId) -> Result<Client, ApiError> {
        let disabled = self.app.stores.apps.switch(self.actor.user.account_id, id, AppSwitch::Off(self.now)).await?;
        self.record(AuditAction::AppDisabled, id, disabled).await
    }

    /// Enables an app: its tokens work again, unless they have expired. One that was made before the user's address was
    /// verified is kept by it. Repeated, it changes nothing.
    ///
    /// # Errors
    ///
    /// `404 not_found`, `409 app_revoked`, and [`Fault`]s.
    #[boxed]
    pub async fn enable(&self, id: AppId) -> Result<Client, ApiError> {
        let on = AppSwitch::On(self.actor.user.authenticators);
        let enabled = self.app.stores.apps.switch(self.actor.user.account_id, id, on).await?;
        self.record(AuditAction::AppEnabled, id, enabled).await
    }

    /// Revokes every token and code of an app, and no consent: users need not consent again.
    ///
    /// # Errors
    ///
    /// `404 not_found`, `409 app_revoked`, and [`Fault`]s.
    #[boxed]
    pub async fn revoke_tokens(&self, id: AppId) -> Result<Client, ApiError> {
        let revoked = self.app.stores.apps.revoke_tokens(self.actor.user.account_id, id).await?;
        self.record(AuditAction::AppTokensRevoked, id, revoked).await
    }

    /// Changes an app's configuration into what `next` returns. If another change came first, `next` decides again
    /// about the newer state, so nothing is overwritten that it has not seen. One read and one transaction, each time.
    ///
    /// # Errors
    ///
    /// `404 not_found`, `409 app_revoked`, the errors of `next`, `409 conflict` when other changes keep coming first,
    /// and [`Fault`]s.
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

    /// Records what was done just now. A fault here fails the request, and repeating that is safe.
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

    /// Gives an app a new secret, and keeps the old one valid for `overlap`. One read and one transaction, so that of
    /// two rotations at once only one is done.
    ///
    /// # Errors
    ///
    /// `404 not_found`, `409 app_revoked`, `409 conflict` for an app without secrets or when something else changed it
    /// first, `429 rate_limited`, and [`Fault`]s.
    #[boxed]
    pub async fn rotate_secret(&self, found: &Client, overlap: Duration) -> Result<(Client, ClientSecret), ApiError> {
        if found.revoked_at.is_some() {
            return Err(app_revoked());
        }
        if !found.metadata.token_endpoint_auth_method.needs_secret() {
            return Err(ApiError::new(ApiCode::Conflict, "The app authenticates without a secret and has none"));
        }
        let secret = ClientSecret::generate();
        let secrets = found.rotated_secrets(&secret, overlap, self.now);
        let notice = self.notice(found.client_id.app_id(), Binding::AppSecret).await?;
        let event = self.event(AuditAction::AppSecretRotated).about_client(&found.client_id);
        match self.app.stores.rotate_secrets(found, &secrets, notice.as_ref(), &event, self.now).await? {
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
