//! `POST /api/oauth-apps-rotate-secret`: issues a new secret to an OAuth app; the old one can stay valid for a while.

use std::sync::Arc;
use std::time::Duration;

use shared::app::App;
use shared::domain::actor::Actor;
use shared::domain::client::id::AppId;
use shared::domain::input::fields::Fields;
use shared::http::error::api::ApiError;
use shared::http::view::client::AppEnvelope;
use shared::http::{Request, Response, reply};
use shared::keys::KeyUse;
use shared::lambda::Endpoint;
use shared::service::caller::UserCaller;
use shared::service::client::management::{AppManagement, OVERLAP};

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::post(env!("CARGO_PKG_NAME"), handle).uses(&[KeyUse::Published])
}

/// Rotates the secret.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, ApiError> {
    let caller = UserCaller::authenticate_recent(&app, &request).await?;
    let (id, overlap) = parse(request.json()?)?;
    let apps = AppManagement::new(&app, Actor::of_user(&caller.user), &request);
    let (rotated, secret) = apps.rotate_secret(&apps.find(id).await?, overlap).await?;
    Ok(reply::result(AppEnvelope::with_secret(&rotated, Some(&secret))))
}

fn parse(mut body: Fields) -> Result<(AppId, Duration), ApiError> {
    let id = body.required("id", AppId::require);
    let overlap = Duration::from_secs(body.number("overlap_seconds", 0, OVERLAP));
    Ok(body.finish(|| Some((id?, overlap)))?)
}
