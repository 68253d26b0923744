//! `POST /api/audit-list`: lists the audit trail of an account, newest first.

use std::sync::Arc;

use serde::Serialize;
use shared::app::App;
use shared::domain::audit::AuditEventId;
use shared::domain::input::fields::Fields;
use shared::domain::user::Role;
use shared::domain::user::account::AccountId;
use shared::http::error::api::{ApiCode, ApiError};
use shared::http::view::audit::AuditEventView;
use shared::http::{Request, Response, reply};
use shared::keys::KeyUse;
use shared::lambda::Endpoint;
use shared::service::caller::UserCaller;
use shared::service::operator_reads::{self, OperatorRead};

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::post(env!("CARGO_PKG_NAME"), handle).uses(&[KeyUse::Published])
}

struct Asked {
    trail: Trail,
    limit: usize,
    cursor: Option<AuditEventId>,
}

/// The requested trail.
enum Trail {
    /// The trail of the caller's account.
    Own,
    /// The trail of this account.
    Account(AccountId),
    /// The events that belong to no account.
    WithoutAccount,
}

#[derive(Serialize)]
struct Page {
    events: Vec<AuditEventView>,
    next_cursor: Option<AuditEventId>,
}

/// Lists one page. An operator's read of another trail is recorded.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, ApiError> {
    let caller = UserCaller::authenticate(&app, &request).await?;
    let Asked { trail, limit, cursor } = parse(request.json()?)?;
    let account = account(&app, &caller, &trail)?;
    let (events, next_cursor) = app.stores.audit.list(account, cursor, limit, app.clock.now()).await?;
    // An empty trail may be that of an account that does not exist, and no event creates one.
    if account != Some(caller.user.account_id) && !events.is_empty() {
        let read = account.map_or(OperatorRead::TrailWithoutAccount, OperatorRead::Trail);
        operator_reads::record(&app, &request, &caller.user, read).await?;
    }
    Ok(reply::result(Page { events: events.iter().map(AuditEventView::from).collect(), next_cursor }))
}

/// Returns the account whose trail the caller may read; none for events without an account. Owners read the trail of their
/// account, and operators all.
fn account(app: &App, caller: &UserCaller, trail: &Trail) -> Result<Option<AccountId>, ApiError> {
    let own = caller.user.account_id;
    let account = match trail {
        Trail::Own => Some(own),
        Trail::Account(account) => Some(*account),
        Trail::WithoutAccount => None,
    };
    if caller.is_admin(app) || (account == Some(own) && caller.user.role == Role::Owner) {
        Ok(account)
    } else {
        Err(ApiError::new(ApiCode::Forbidden, "The audit trail is for the account's owner and for operators"))
    }
}

fn parse(mut body: Fields) -> Result<Asked, ApiError> {
    let limit = body.number("limit", 50, 1..=100);
    let cursor = body.optional("cursor", |text| {
        AuditEventId::parse(text).ok_or_else(|| "must be a next_cursor of an earlier answer".to_owned())
    });
    let account =
        body.optional("account_id", |text| AccountId::parse(text).ok_or_else(|| "must be an account's id".to_owned()));
    let trail = match (account, body.flag("without_account")) {
        (None, false) => Some(Trail::Own),
        (Some(account), false) => Some(Trail::Account(account)),
        (None, true) => Some(Trail::WithoutAccount),
        (Some(_), true) => body.mistake("without_account", "must not be used together with account_id".to_owned()),
    };
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    Ok(body.finish(|| Some(Asked { trail: trail?, limit, cursor }))?)
}
