//! `POST /api/oauth-apps-create`: creates an OAuth app in the caller's account and returns its secret once.

use std::sync::Arc;

use shared::app::App;
use shared::domain::actor::Actor;
use shared::domain::client::settings::{self, Defaults};
use shared::http::error::api::ApiError;
use shared::http::view::client::AppEnvelope;
use shared::http::{Request, Response, reply};
use shared::keys::KeyUse;
use shared::lambda::Endpoint;
use shared::service::caller::UserCaller;
use shared::service::client::management::AppManagement;

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::post(env!("CARGO_PKG_NAME"), handle).uses(&[KeyUse::Published])
}

/// Creates the app; an app that authenticates without a secret gets none.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, ApiError> {
    let caller = UserCaller::authenticate(&app, &request).await?;
    let mut body = request.json()?;
    let metadata = settings::read(&mut body, Defaults::default(), &app.config.scopes);
    let metadata = body.finish(|| metadata)?;
    let apps = AppManagement::new(&app, Actor::of_user(&caller.user), &request);
    let (new, secret) = apps.create(metadata, app.config.quotas_of(&caller.user)).await?;
    Ok(reply::result(AppEnvelope::with_secret(&new, secret.as_ref())))
}
