//! `POST /api/users-import`: an operator imports users of another system, a page of JSON lines at a time.

mod report;

use std::sync::Arc;

use shared::app::App;
use shared::domain::types::import_id::ImportId;
use shared::domain::user::import::{ImportedUser, LineMistake};
use shared::http::error::api::ApiError;
use shared::http::{Request, Response, reply};
use shared::keys::KeyUse;
use shared::lambda::Endpoint;
use shared::service::caller::UserCaller;
use shared::service::user::import::Import;

use report::Report;

/// The most lines of a request: as many as one is done with in a few seconds.
const MOST_LINES: usize = 100;

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::post(env!("CARGO_PKG_NAME"), handle).uses(&[KeyUse::Published])
}

/// Imports the users of a page, or only says what would be done with it. Repeated, it finds those who were imported.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, ApiError> {
    let operator = UserCaller::authenticate_admin(&app, &request).await?.user;
    let now = app.clock.now();
    let mut query = request.query_fields()?;
    let is_dry_run = query.flag_in_text("dry_run");
    query.finish(|| Some(()))?;
    let lines = request.json_lines(MOST_LINES)?;
    let numbers: Vec<usize> = lines.iter().map(|line| line.number).collect();
    let not_json = || LineMistake::Line("is not a valid JSON object");
    let users = lines.into_iter().map(|line| ImportedUser::parse(line.fields.ok_or_else(not_json)?, now));
    let users: Vec<Result<ImportedUser, LineMistake>> = users.collect();
    let ids: Vec<Option<ImportId>> = users.iter().map(|user| Some(user.as_ref().ok()?.import_id.clone())).collect();
    let import = Import { operator: &operator, origin: request.origin(), is_dry_run, now };
    let outcomes = import.page(&app, users).await?;
    Ok(reply::result(Report::new(is_dry_run, numbers.into_iter().zip(ids).zip(outcomes))))
}
