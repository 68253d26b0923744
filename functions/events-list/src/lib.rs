//! `POST /api/events-list`: lists the events of the caller's account in their order, oldest first.

use std::sync::Arc;

use serde::Serialize;
use shared::app::App;
use shared::domain::event::{EventType, Sequence};
use shared::domain::oauth::scope::Scope;
use shared::http::error::api::ApiError;
use shared::http::view::event::EventView;
use shared::http::{Request, Response, reply};
use shared::keys::KeyUse;
use shared::lambda::Endpoint;
use shared::service::caller::Caller;
use shared::store::EventQuery;

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::post(env!("CARGO_PKG_NAME"), handle).uses(&[KeyUse::Published])
}

#[derive(Serialize)]
struct Page {
    events: Vec<EventView>,
    next_cursor: Option<String>,
}

/// Lists one page. After the last page, a client that waits for more continues with the `sequence` of its last event.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, ApiError> {
    let caller = Caller::authenticate(&app, &request).await?;
    let account = caller.account_for(&app, Scope::EVENT_READ).await?;
    let mut body = request.json()?;
    let limit = body.number("limit", 50, 1..=100);
    let after = body.optional_value("cursor", Sequence::parse_cursor).unwrap_or(Sequence::START);
    let kind = body.optional("type", EventType::parse);
    body.finish(|| Some(()))?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let query = EventQuery { after, kind, limit };
    let page = app.stores.events.list(account, query, app.clock.now()).await?;
    let reader = caller.as_reader();
    let seen = page.events.iter().filter(|placed| reader.is_none_or(|reader| reader.sees(&placed.event)));
    Ok(reply::result(Page {
        events: seen.map(EventView::from).collect(),
        next_cursor: page.next.as_ref().map(ToString::to_string),
    }))
}
