//! `POST /api/mails-list`: lists the mails that wait to be sent, or that were given up, for an operator.

use std::sync::Arc;

use serde::Serialize;
use shared::app::App;
use shared::domain::delivery::Place;
use shared::domain::mail::state::MailState;
use shared::http::error::api::ApiError;
use shared::http::view::mail::MailRecord;
use shared::http::{Request, Response, reply};
use shared::keys::KeyUse;
use shared::lambda::Endpoint;
use shared::service::caller::UserCaller;
use shared::service::operator_reads::{self, OperatorRead};

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::post(env!("CARGO_PKG_NAME"), handle).uses(&[KeyUse::Published])
}

#[derive(Serialize)]
struct Page {
    mails: Vec<MailRecord>,
    next_cursor: Option<String>,
}

/// Lists one page, and records it.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, ApiError> {
    let operator = UserCaller::authenticate_admin(&app, &request).await?.user;
    let mut body = request.json()?;
    let state = body.optional("state", MailState::require).unwrap_or(MailState::GivenUp);
    let limit = body.number("limit", 50, 1..=100);
    let cursor = body.optional("cursor", Place::cursor);
    body.finish(|| Some(()))?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let (mails, next) = app.stores.outbox.list(state, cursor, limit).await?;
    operator_reads::record(&app, &request, &operator, OperatorRead::Mails).await?;
    let mails = mails.iter().map(|mail| MailRecord::new(mail, state)).collect();
    Ok(reply::result(Page { mails, next_cursor: next.map(|place| place.to_string()) }))
}
