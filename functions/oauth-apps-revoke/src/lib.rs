//! `POST /api/oauth-apps-revoke`: ends an OAuth app for good.

use std::sync::Arc;

use shared::app::App;
use shared::app_view::OneApp;
use shared::audit::{AuditAction, AuditEvent};
use shared::caller::UserCaller;
use shared::http::api_error::ApiError;
use shared::http::{Request, Response, reply};
use shared::keyring::KeyUse;
use shared::lambda::Endpoint;
use shared::oauth_app::AppId;
use shared::store::AppChanged;

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::post(env!("CARGO_PKG_NAME"), handle).uses(&[KeyUse::Published])
}

/// Revokes the app: its secret and its tokens stop working at once. Revoking it again changes nothing.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, ApiError> {
    let caller = UserCaller::authenticate(&app, &request).await?;
    let mut body = request.json()?;
    let id = body.required("id", |text| AppId::parse(text).ok_or_else(|| "must be an app's id".to_owned()));
    let id = body.finish(|| id)?;
    let now = app.clock.now();
    match app.stores.apps.revoke(caller.user.account_id, id, now).await? {
        AppChanged::Done(revoked) => {
            let event = AuditEvent::new(AuditAction::AppRevoked, request.origin(), now);
            app.stores.audit.record(&event.of_user(&caller.user).about(id)).await?;
            Ok(reply::result(OneApp::new(&revoked)))
        }
        AppChanged::Revoked | AppChanged::NotFound => Err(ApiError::not_found("Your account has no such app")),
    }
}
