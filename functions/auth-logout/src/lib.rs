//! `POST /api/auth-logout`: ends this session, or all of the user's.

use std::sync::Arc;

use serde_json::json;
use shared::app::App;
use shared::domain::audit::{AuditAction, AuditEvent};
use shared::http::error::api::ApiError;
use shared::http::{Request, Response, reply};
use shared::keys::KeyUse;
use shared::lambda::Endpoint;
use shared::service::caller::UserCaller;

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::post(env!("CARGO_PKG_NAME"), handle).uses(&[KeyUse::Published])
}

/// Signs out: from then on neither access nor refresh tokens of the session (or of all sessions) work here.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, ApiError> {
    let caller = UserCaller::authenticate(&app, &request).await?;
    let mut body = request.json()?;
    let everywhere = body.flag("everywhere");
    body.finish(|| Some(()))?;
    let now = app.clock.now();
    let event = |action| AuditEvent::new(action, request.origin(), now);
    if everywhere {
        let event = event(AuditAction::UserSignedOutEverywhere).of_user(&caller.user);
        app.stores.end_all_sessions(&caller.user, &event).await?;
    } else {
        let event = event(AuditAction::UserSignedOut).of_session(&caller.session);
        app.stores.end_session(&caller.session, &event, now).await?;
    }
    Ok(reply::result(json!({})))
}
