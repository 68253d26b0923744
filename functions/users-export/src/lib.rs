//! `POST /api/users-export`: returns all data that is stored about a user, page by page.

use std::sync::Arc;

use serde::Serialize;
use shared::app::App;
use shared::domain::audit::{AuditAction, AuditEvent};
use shared::domain::oauth::scope::Scope;
use shared::http::error::api::ApiError;
use shared::http::{Request, Response, reply};
use shared::keys::KeyUse;
use shared::lambda::Endpoint;
use shared::service::caller::Caller;
use shared::service::user::export::{Export, ExportCursor};

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::post(env!("CARGO_PKG_NAME"), handle).uses(&[KeyUse::Published])
}

#[derive(Serialize)]
struct Page {
    export: Export,
    next_cursor: Option<String>,
}

/// Returns one page; the first page is recorded in the audit trail.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, ApiError> {
    let now = app.clock.now();
    let user = Caller::authenticate(&app, &request).await?.into_acting_user(&app, Scope::GDPR_READ).await?.user;
    let mut body = request.json()?;
    let cursor = body.optional("cursor", ExportCursor::parse);
    let cursor = body.finish(|| Some(cursor))?;
    if cursor.is_none() {
        let event = AuditEvent::new(AuditAction::UserExported, request.origin(), now).of_user(&user);
        app.stores.audit.record(&event).await?;
    }
    let (export, next) = Export::page(&app, &user, cursor, now).await?;
    Ok(reply::result(Page { export, next_cursor: next.map(ExportCursor::text) }))
}
