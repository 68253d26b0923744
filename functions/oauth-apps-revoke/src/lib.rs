//! `POST /api/oauth-apps-revoke`: revokes an OAuth app permanently.

use std::sync::Arc;

use shared::app::App;
use shared::domain::actor::Actor;
use shared::domain::client::id::AppId;
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

/// Revokes the app: its secret and its tokens stop working at once. Revoking it again changes nothing.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, ApiError> {
    let caller = UserCaller::authenticate(&app, &request).await?;
    let mut body = request.json()?;
    let id = body.required("id", AppId::require);
    let id = body.finish(|| id)?;
    let apps = AppManagement::new(&app, Actor::of_user(&caller.user), &request);
    Ok(reply::result(AppEnvelope::new(&apps.revoke(id).await?)))
}
