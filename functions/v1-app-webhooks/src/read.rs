//! The webhooks of an app, and one of them with its attempts, page by page.

use lambda_http::http::StatusCode;
use lambda_http::http::header::LINK;
use shared::domain::input::fields::Fields;
use shared::domain::webhook::WebhookId;
use shared::domain::webhook::attempt::{Attempt, AttemptId};
use shared::http::error::api::ApiError;
use shared::http::error::resource::ResourceError;
use shared::http::view::webhook::WebhookView;
use shared::http::{Request, Response, reply};
use shared::paths::APPS;
use shared::service::client::management::PAGE;

use crate::settings::Settings;
use crate::view::{Webhooks, WithAttempts};

/// The requested page of attempts.
struct PageQuery {
    limit: u64,
    cursor: Option<AttemptId>,
}

/// Lists all webhooks, the oldest first.
pub(crate) async fn list(settings: &Settings<'_>) -> Result<Response, ResourceError> {
    let all = settings.all().await?;
    Ok(reply::json(StatusCode::OK, &Webhooks::new(&all, settings.now)))
}

/// Returns one webhook with a page of its attempts, and a link to the next one (RFC 8288).
pub(crate) async fn one(settings: &Settings<'_>, id: WebhookId, request: &Request) -> Result<Response, ResourceError> {
    let PageQuery { limit, cursor } = parse(request.query_fields()?)?;
    let found = settings.one(id).await?;
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    // One more says whether there is another page.
    let mut attempts = settings.app.stores.webhooks.attempts(id, cursor, most.saturating_add(1)).await?;
    let has_more = attempts.len() > most;
    attempts.truncate(most);
    let next = attempts.last().filter(|_| has_more).map(|attempt| attempt.id);
    let view = WithAttempts::new(WebhookView::new(&found, settings.now), attempts, next);
    let mut response = reply::json(StatusCode::OK, &view);
    if let Some(next) = next {
        let issuer = settings.app.keys.issuer(&settings.app.stores.keys).await?;
        let page = format!("{issuer}{APPS}/{}/webhooks/{id}?limit={limit}&cursor={next}", settings.id);
        reply::set(&mut response, LINK, &format!("<{page}>; rel=\"next\""));
    }
    Ok(response)
}

fn parse(mut query: Fields) -> Result<PageQuery, ApiError> {
    let limit = query.number_in_text("limit", Attempt::PAGE, PAGE);
    let cursor = query.optional("cursor", AttemptId::cursor);
    Ok(query.finish(|| Some(PageQuery { limit, cursor }))?)
}
