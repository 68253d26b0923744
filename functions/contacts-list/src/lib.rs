//! `POST /api/contacts-list`: lists the contacts of the caller's account, oldest first.

use std::sync::Arc;

use serde::Serialize;
use shared::app::App;
use shared::domain::contact::ContactId;
use shared::domain::oauth::scope::Scope;
use shared::http::error::api::ApiError;
use shared::http::view::contact::ContactView;
use shared::http::{Request, Response, reply};
use shared::keys::KeyUse;
use shared::lambda::Endpoint;
use shared::service::caller::Caller;

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::post(env!("CARGO_PKG_NAME"), handle).uses(&[KeyUse::Published])
}

#[derive(Serialize)]
struct Page {
    contacts: Vec<ContactView>,
    next_cursor: Option<ContactId>,
}

/// Lists one page.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, ApiError> {
    let account = Caller::authenticate(&app, &request).await?.account_for(&app, Scope::CONTACT_READ).await?;
    let mut body = request.json()?;
    let limit = body.number("limit", 50, 1..=100);
    let cursor = body.optional("cursor", |text| {
        ContactId::parse(text).ok_or_else(|| "must be a next_cursor of an earlier answer".to_owned())
    });
    body.finish(|| Some(()))?;
    let (contacts, next_cursor) =
        app.stores.contacts.list(account, cursor, usize::try_from(limit).unwrap_or(usize::MAX)).await?;
    Ok(reply::result(Page { contacts: contacts.iter().map(ContactView::from).collect(), next_cursor }))
}
