//! `POST /api/users-list`: lists the users of all accounts for an operator, newest first.

use std::sync::Arc;

use serde::Serialize;
use shared::app::App;
use shared::domain::types::email::EmailAddress;
use shared::domain::user::{User, UserId};
use shared::http::error::api::ApiError;
use shared::http::view::admin_user::UserRecord;
use shared::http::{Request, Response, reply};
use shared::keys::KeyUse;
use shared::lambda::Endpoint;
use shared::service::caller::UserCaller;
use shared::service::operator_reads::{self, OperatorRead};
use shared::service::session::sign_in;

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::post(env!("CARGO_PKG_NAME"), handle).uses(&[KeyUse::Published])
}

#[derive(Serialize)]
struct Page {
    users: Vec<UserRecord>,
    next_cursor: Option<UserId>,
}

/// Lists one page, or the user with an e-mail address, and records it.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, ApiError> {
    let operator = UserCaller::authenticate_admin(&app, &request).await?.user;
    let mut body = request.json()?;
    let limit = body.number("limit", 50, 1..=100);
    let cursor = body.optional("cursor", |text| {
        UserId::parse(text).ok_or_else(|| "must be a next_cursor of an earlier answer".to_owned())
    });
    let email = body.optional("email", EmailAddress::parse);
    let is_lookup = email.is_some();
    body.finish(|| Some(()))?;
    let (users, next_cursor): (Vec<User>, _) = match email {
        Some(email) => (sign_in::find(&app, &email.into(), app.clock.now()).await?.into_iter().collect(), None),
        None => app.stores.users.list(cursor, usize::try_from(limit).unwrap_or(usize::MAX)).await?,
    };
    let read = match users.as_slice() {
        [user] if is_lookup => OperatorRead::User(user),
        _ => OperatorRead::Users,
    };
    operator_reads::record(&app, &request, &operator, read).await?;
    Ok(reply::result(Page { users: users.iter().map(UserRecord::from).collect(), next_cursor }))
}
