//! `GET,POST /api/v1/apps`: the apps of the caller's account; `GET,DELETE /api/v1/apps/{appId}`: one of them.

mod create;
mod list;

use std::sync::Arc;

use lambda_http::http::{Method, StatusCode};
use shared::app::App;
use shared::domain::client::id::AppId;
use shared::domain::oauth::scope::Scope;
use shared::http::error::resource::ResourceError;
use shared::http::methods::Methods;
use shared::http::view::client::AppResource;
use shared::http::{Request, Response, app_path, reply};
use shared::keys::KeyUse;
use shared::lambda::Endpoint;
use shared::paths::APPS;
use shared::service::caller::Caller;
use shared::service::client::management::AppManagement;

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::new(env!("CARGO_PKG_NAME"), Methods::AtPath(methods), handle).uses(&[KeyUse::Published])
}

fn methods(path: &str) -> &'static [Method] {
    if path == APPS { &[Method::GET, Method::POST] } else { &[Method::GET, Method::DELETE] }
}

/// Handles the collection of apps, and each app. Reading needs `app_read`, everything else `app_write`.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, ResourceError> {
    let caller = Caller::authenticate(&app, &request).await?;
    let is_read = request.head.method == Method::GET;
    caller.require(&app, if is_read { Scope::APP_READ } else { Scope::APP_WRITE }).await?;
    let apps = AppManagement::new(&app, caller.actor(), &request);
    match (request.head.path == APPS, is_read) {
        (true, true) => list::list(&app, &apps, &request).await,
        (true, false) => create::create(&app, &apps, &caller, &request).await,
        (false, true) => read(&apps, app_path::id(&request.head.path)?).await,
        (false, false) => revoke(&apps, &caller, app_path::id(&request.head.path)?).await,
    }
}

/// Returns one app.
async fn read(apps: &AppManagement<'_>, id: AppId) -> Result<Response, ResourceError> {
    Ok(reply::json(StatusCode::OK, &AppResource::new(&apps.find(id).await?)))
}

/// Revokes an app permanently; repeated, it changes nothing.
async fn revoke(apps: &AppManagement<'_>, caller: &Caller, id: AppId) -> Result<Response, ResourceError> {
    apps.ensure_managed_by(caller, id).await?;
    apps.revoke(id).await?;
    Ok(reply::empty(StatusCode::NO_CONTENT))
}
