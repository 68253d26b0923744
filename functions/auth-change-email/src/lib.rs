//! `POST /api/auth-change-email`: sends a link to a user's new address, or redeems it.

use std::sync::Arc;

use serde_json::json;
use shared::app::App;
use shared::domain::audit::AuditAction;
use shared::domain::input::fields::Fields;
use shared::domain::password::Password;
use shared::http::error::api::{ApiCode, ApiError};
use shared::http::view::user::{OneUser, UserView};
use shared::http::{Request, Response, reply};
use shared::keys::KeyUse;
use shared::lambda::Endpoint;
use shared::service::caller::UserCaller;
use shared::service::email_link::change_email;
use shared::service::email_link::redeem::LinkOutcome;
use shared::service::password::change;

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::post(env!("CARGO_PKG_NAME"), handle).uses(&[KeyUse::Published, KeyUse::Mac])
}

/// With `token`, changes the address to the one to which the token was sent. Without it, sends a token to `new_email`. The
/// account's user does both: a reader of the mail cannot give their address to an account of another party.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, ApiError> {
    let body = request.json()?;
    if body.has("token") { confirm(&app, &request, body).await } else { send(&app, &request, body).await }
}

async fn confirm(app: &App, request: &Request, mut body: Fields) -> Result<Response, ApiError> {
    let token = body.required("token", |text| Ok(text.to_owned()));
    let token = body.finish(|| token)?;
    let now = app.clock.now();
    let caller = UserCaller::authenticate(app, request).await?;
    let loaded = change_email::find(app, &token, now).await?.ok_or_else(ApiError::invalid_link)?;
    if loaded.user.id != caller.user.id {
        let message = "The link belongs to another account: send an access token of the user who asked for it";
        return Err(ApiError::new(ApiCode::Forbidden, message));
    }
    match change_email::confirm(app, request, loaded, now).await? {
        LinkOutcome::Done(user) => Ok(reply::result(OneUser::<UserView>::new(&user))),
        LinkOutcome::Void => Err(ApiError::invalid_link()),
        LinkOutcome::Raced => Err(ApiError::raced()),
        LinkOutcome::EmailTaken => Err(ApiError::email_taken("Another account has this e-mail address")),
    }
}

async fn send(app: &App, request: &Request, mut body: Fields) -> Result<Response, ApiError> {
    let now = app.clock.now();
    let user = UserCaller::authenticate(app, request).await?.user;
    let email = body.required("new_email", |text| change_email::parse(&user, text));
    let password = body.required("password", Password::parse);
    let (email, password) = body.finish(|| email.zip(password))?;
    if app.config.mail_from.is_none() {
        return Err(ApiError::mail_not_configured());
    }
    if !change::confirm(app, &user, &password, AuditAction::EmailChangeRequested, request, now).await? {
        return Err(change::wrong("password"));
    }
    change_email::request(app, &user, &email, request, now).await?;
    Ok(reply::result(json!({})))
}
