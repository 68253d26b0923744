//! `GET,PATCH /api/v1/apps/{appId}/config`: the configuration of an account's app.

mod change;
mod view;

use std::sync::Arc;

use lambda_http::http::{Method, StatusCode};
use shared::app::App;
use shared::domain::client::Client;
use shared::domain::client::id::AppId;
use shared::domain::oauth::scope::Scope;
use shared::http::entity_tag::EntityTag;
use shared::http::error::resource::ResourceError;
use shared::http::methods::Methods;
use shared::http::{Head, Request, Response, app_path, reply};
use shared::keys::KeyUse;
use shared::lambda::Endpoint;
use shared::service::caller::Caller;
use shared::service::client::management::AppManagement;

use crate::view::ConfigView;

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::new(env!("CARGO_PKG_NAME"), Methods::Of(&[Method::GET, Method::PATCH]), handle).uses(&[KeyUse::Published])
}

/// Returns the configuration (`app_read`) or changes it (`app_write`).
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, ResourceError> {
    let caller = Caller::authenticate(&app, &request).await?;
    let is_read = request.head.method == Method::GET;
    caller.require(&app, if is_read { Scope::APP_READ } else { Scope::APP_WRITE }).await?;
    let (id, apps) = (app_path::id(&request.head.path)?, AppManagement::new(&app, caller.actor(), &request));
    if is_read {
        return read(&apps, id, &request.head).await;
    }
    change(&app, &apps, &caller, id, &request).await
}

async fn read(apps: &AppManagement<'_>, id: AppId, head: &Head) -> Result<Response, ResourceError> {
    let found = apps.find(id).await?;
    if tag(&found).is_known_to(head) {
        let mut response = reply::empty(StatusCode::NOT_MODIFIED);
        tag(&found).mark(&mut response);
        return Ok(response);
    }
    Ok(shown(&found))
}

/// Changes the settings that the patch names. With `If-Match` it is refused if the app was changed since; without it, the last
/// change of a field wins.
async fn change(
    app: &App,
    apps: &AppManagement<'_>,
    caller: &Caller,
    id: AppId,
    request: &Request,
) -> Result<Response, ResourceError> {
    let patch = request.merge_patch()?;
    let next = |before: &Client| {
        tag(before).check_if_match(&request.head)?;
        caller.ensure_can_manage(before)?;
        let after = change::merge(patch.clone(), before, &app.config.scopes)?;
        if change::gives(before, &after) {
            caller.ensure_recent_sign_in(app.clock.now())?;
            caller.ensure_can_give_access(&after)?;
        }
        Ok(after)
    };
    Ok(shown(&apps.configure(id, next).await?))
}

fn shown(app: &Client) -> Response {
    let mut response = reply::json(StatusCode::OK, &ConfigView::from(app));
    tag(app).mark(&mut response);
    response
}

fn tag(app: &Client) -> EntityTag {
    EntityTag::of(app.version)
}
