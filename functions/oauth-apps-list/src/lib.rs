//! `POST /api/oauth-apps-list`: lists the OAuth apps of the caller's account, oldest first.

use std::sync::Arc;

use serde::Serialize;
use shared::app::App;
use shared::app_view::AppView;
use shared::caller::UserCaller;
use shared::http::api_error::ApiError;
use shared::http::{Request, Response, reply};
use shared::keyring::KeyUse;
use shared::lambda::Endpoint;
use shared::oauth_app::AppId;

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::post(env!("CARGO_PKG_NAME"), handle).uses(&[KeyUse::Published])
}

#[derive(Serialize)]
struct Page {
    apps: Vec<AppView>,
    next_cursor: Option<AppId>,
}

/// Lists one page.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, ApiError> {
    let caller = UserCaller::authenticate(&app, &request).await?;
    let mut body = request.json()?;
    let include_revoked = body.flag("include_revoked");
    let limit = body.number("limit", 50, 1..=100);
    let cursor = body.optional("cursor", |text| {
        AppId::parse(text).ok_or_else(|| "must be a next_cursor of an earlier answer".to_owned())
    });
    body.finish(|| Some(()))?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let (apps, next_cursor) = app.stores.apps.list(caller.user.account_id, cursor, limit, include_revoked).await?;
    Ok(reply::result(Page { apps: apps.iter().map(AppView::from).collect(), next_cursor }))
}
