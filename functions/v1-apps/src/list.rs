//! The apps of an account, page by page.

use lambda_http::http::StatusCode;
use lambda_http::http::header::LINK;
use shared::app::App;
use shared::domain::client::id::AppId;
use shared::domain::input::fields::Fields;
use shared::http::error::api::ApiError;
use shared::http::error::resource::ResourceError;
use shared::http::view::client::AppPage;
use shared::http::{Request, Response, reply};
use shared::paths::APPS;
use shared::service::client::management::{AppManagement, DEFAULT_PAGE, PAGE};

/// The requested page.
struct PageQuery {
    limit: u64,
    cursor: Option<AppId>,
    include_revoked: bool,
}

/// Lists one page, with a link to the next one (RFC 8288).
pub(crate) async fn list(app: &App, apps: &AppManagement<'_>, request: &Request) -> Result<Response, ResourceError> {
    let PageQuery { limit, cursor, include_revoked } = parse(request.query_fields()?)?;
    let issuer = app.keys.issuer(&app.stores.keys).await?;
    let (page, next_cursor) = apps.list(cursor, limit, include_revoked).await?;
    let mut response = reply::json(StatusCode::OK, &AppPage::new(&page, next_cursor));
    if let Some(next) = next_cursor {
        let query = format!("limit={limit}&include_revoked={include_revoked}&cursor={next}");
        reply::set(&mut response, LINK, &format!("<{issuer}{APPS}?{query}>; rel=\"next\""));
    }
    Ok(response)
}

fn parse(mut query: Fields) -> Result<PageQuery, ApiError> {
    let limit = query.number_in_text("limit", DEFAULT_PAGE, PAGE);
    let cursor = query.optional("cursor", AppId::cursor);
    let include_revoked = query.flag_in_text("include_revoked");
    Ok(query.finish(|| Some(PageQuery { limit, cursor, include_revoked }))?)
}
