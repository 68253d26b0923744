//! `POST /api/oauth-apps-create`: makes an OAuth app of the caller's account and shows its secret once.

use std::sync::Arc;

use shared::actor::Actor;
use shared::app::App;
use shared::app_management::AppManagement;
use shared::app_settings::{self, Defaults};
use shared::app_view::OneApp;
use shared::caller::UserCaller;
use shared::http::api_error::ApiError;
use shared::http::{Request, Response, reply};
use shared::keyring::KeyUse;
use shared::lambda::Endpoint;

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::post(env!("CARGO_PKG_NAME"), handle).uses(&[KeyUse::Published])
}

/// Creates the app; one that proves itself without a secret gets none.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, ApiError> {
    let caller = UserCaller::authenticate(&app, &request).await?;
    let mut body = request.json()?;
    let metadata = app_settings::read(&mut body, Defaults::default(), &app.config.scopes);
    let metadata = body.finish(|| metadata)?;
    let apps = AppManagement::new(&app, Actor::of_user(&caller.user), &request);
    let (new, secret) = apps.create(metadata).await?;
    Ok(reply::result(OneApp::with_secret(&new, secret.as_ref())))
}
