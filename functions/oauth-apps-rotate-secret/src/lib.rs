//! `POST /api/oauth-apps-rotate-secret`: gives an OAuth app a new secret; the old one may go on for a while.

use std::sync::Arc;
use std::time::Duration;

use shared::app::App;
use shared::app_view::OneApp;
use shared::audit::{AuditAction, AuditEvent};
use shared::caller::UserCaller;
use shared::http::api_error::{ApiCode, ApiError};
use shared::http::{Fields, Request, Response, reply};
use shared::keyring::KeyUse;
use shared::lambda::Endpoint;
use shared::oauth_app::{AppId, ClientSecret};
use shared::store::SecretsRotated;

/// The longest overlap: 30 days, in seconds.
const LONGEST_OVERLAP: u64 = 30 * 86_400;

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::post(env!("CARGO_PKG_NAME"), handle).uses(&[KeyUse::Published])
}

/// Rotates the secret: one read and one transaction, so that of two rotations at once only one is done.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, ApiError> {
    let caller = UserCaller::authenticate(&app, &request).await?;
    let (id, overlap) = parse(request.json()?)?;
    let now = app.clock.now();
    let found = app
        .stores
        .apps
        .find(caller.user.account_id, id)
        .await?
        .ok_or_else(|| ApiError::not_found("Your account has no such app"))?;
    if found.revoked_at.is_some() {
        return Err(ApiError::new(ApiCode::AppRevoked, "The app was revoked and gets no new secret"));
    }
    if !found.metadata.token_endpoint_auth_method.needs_secret() {
        return Err(ApiError::new(ApiCode::Conflict, "The app proves itself without a secret and has none"));
    }
    let secret = ClientSecret::generate();
    let secrets = found.rotated_secrets(&secret, overlap, now);
    let event = AuditEvent::new(AuditAction::AppSecretRotated, request.origin(), now);
    let event = event.of_user(&caller.user).about(id);
    match app.stores.rotate_secrets(&found, &secrets, &event, now).await? {
        SecretsRotated::Done(rotated) => Ok(reply::result(OneApp::with_secret(&rotated, Some(&secret)))),
        SecretsRotated::Raced => {
            Err(ApiError::new(ApiCode::Conflict, "The app was changed at the same time; look at it and try again"))
        }
    }
}

fn parse(mut body: Fields) -> Result<(AppId, Duration), ApiError> {
    let id = body.required("id", |text| AppId::parse(text).ok_or_else(|| "must be an app's id".to_owned()));
    let overlap = Duration::from_secs(body.number("overlap_seconds", 0, 0..=LONGEST_OVERLAP));
    body.finish(|| Some((id?, overlap)))
}
