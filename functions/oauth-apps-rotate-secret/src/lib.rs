//! `POST /api/oauth-apps-rotate-secret`: gives an OAuth app a new secret; the old one may go on for a while.

use std::sync::Arc;
use std::time::Duration;

use shared::actor::Actor;
use shared::app::App;
use shared::app_management::{AppManagement, OVERLAP};
use shared::app_view::OneApp;
use shared::caller::UserCaller;
use shared::http::api_error::ApiError;
use shared::http::{Fields, Request, Response, reply};
use shared::keyring::KeyUse;
use shared::lambda::Endpoint;
use shared::oauth_app::AppId;

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::post(env!("CARGO_PKG_NAME"), handle).uses(&[KeyUse::Published])
}

/// Rotates the secret.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, ApiError> {
    let caller = UserCaller::authenticate(&app, &request).await?;
    let (id, overlap) = parse(request.json()?)?;
    let apps = AppManagement::new(&app, Actor::of_user(&caller.user), &request);
    let (rotated, secret) = apps.rotate_secret(&apps.find(id).await?, overlap).await?;
    Ok(reply::result(OneApp::with_secret(&rotated, Some(&secret))))
}

fn parse(mut body: Fields) -> Result<(AppId, Duration), ApiError> {
    let id = body.required("id", AppId::require);
    let overlap = Duration::from_secs(body.number("overlap_seconds", 0, OVERLAP));
    body.finish(|| Some((id?, overlap)))
}
