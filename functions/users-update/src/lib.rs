//! `POST /api/users-update`: changes a user's name and language.

use std::sync::Arc;

use shared::app::App;
use shared::domain::oauth::scope::Scope;
use shared::domain::user::profile::ProfileChange;
use shared::http::error::api::ApiError;
use shared::http::view::user::{OneUser, UserView};
use shared::http::{Request, Response, reply};
use shared::keys::KeyUse;
use shared::lambda::Endpoint;
use shared::service::caller::Caller;
use shared::service::user::profile;

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::post(env!("CARGO_PKG_NAME"), handle).uses(&[KeyUse::Published])
}

/// Changes only the fields that the body names.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, ApiError> {
    let user = Caller::authenticate(&app, &request).await?.into_acting_user(&app, Scope::USER_WRITE).await?;
    let mut body = request.json()?;
    let change = ProfileChange::parse(&mut body);
    let change = body.finish(|| Some(change))?;
    let user = profile::update(&app, user.user, change, &request, app.clock.now()).await?;
    Ok(reply::result(OneUser::<UserView>::new(&user.ok_or_else(ApiError::raced)?)))
}
