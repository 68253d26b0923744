//! `POST /api/oauth-apps-list`: lists the OAuth apps of the caller's account, oldest first.

use std::sync::Arc;

use shared::app::App;
use shared::domain::actor::Actor;
use shared::domain::client::id::AppId;
use shared::http::error::api::ApiError;
use shared::http::view::client::AppPage;
use shared::http::{Request, Response, reply};
use shared::keys::KeyUse;
use shared::lambda::Endpoint;
use shared::service::caller::UserCaller;
use shared::service::client::management::{AppManagement, DEFAULT_PAGE, PAGE};

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::post(env!("CARGO_PKG_NAME"), handle).uses(&[KeyUse::Published])
}

/// Lists one page.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, ApiError> {
    let caller = UserCaller::authenticate(&app, &request).await?;
    let mut body = request.json()?;
    let include_revoked = body.flag("include_revoked");
    let limit = body.number("limit", DEFAULT_PAGE, PAGE);
    let cursor = body.optional("cursor", AppId::cursor);
    body.finish(|| Some(()))?;
    let apps = AppManagement::new(&app, Actor::of_user(&caller.user), &request);
    let (apps, next_cursor) = apps.list(cursor, limit, include_revoked).await?;
    Ok(reply::result(AppPage::new(&apps, next_cursor)))
}
