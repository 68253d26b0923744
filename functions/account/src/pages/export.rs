//! The download of all data that is stored about a user.

use lambda_http::http::StatusCode;
use lambda_http::http::header::CONTENT_DISPOSITION;
use serde_json::json;
use shared::domain::audit::{AuditAction, AuditEvent};
use shared::domain::input::fields::Fields;
use shared::http::error::page::PageError;
use shared::http::{Request, Response, reply};
use shared::service::user::export::{Export, ExportCursor};

use crate::signed_in_page::SignedInPage;

/// The maximum number of pages in one file.
const PAGES: usize = 20;
/// The size from which no further page is added. A Lambda response has 6 MB at most, in which every quotation mark takes two
/// bytes, and a page may have 1 MB.
const LARGE: usize = 1_500_000;

/// Returns the file. If there is more data than fits, `next_cursor` is the cursor with which `users-export` continues.
pub(crate) async fn submit(at: SignedInPage<'_>, request: &Request, fields: Fields) -> Result<Response, PageError> {
    at.check(request, &fields).await?;
    let event = AuditEvent::new(AuditAction::UserExported, request.origin(), at.browser.now).of_user(at.user);
    at.app.stores.audit.record(&event).await?;
    let (mut export, mut next) = Export::page(at.app, at.user, None, at.browser.now).await?;
    let mut size = json!(export).to_string().len();
    for _ in 1..PAGES {
        let Some(cursor) = next.filter(|_| size < LARGE) else { break };
        let (page, after) = Export::page(at.app, at.user, Some(cursor), at.browser.now).await?;
        size += json!(page).to_string().len();
        export.extend(page);
        next = after;
    }
    let file = json!({"export": export, "next_cursor": next.map(ExportCursor::text)});
    let mut response = reply::json(StatusCode::OK, &file);
    reply::set(&mut response, CONTENT_DISPOSITION, "attachment; filename=\"account.json\"");
    Ok(response)
}
