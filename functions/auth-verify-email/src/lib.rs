//! `POST /api/auth-verify-email`: sends a link to a user's address, or redeems it.

use std::sync::Arc;

use serde_json::json;
use shared::app::App;
use shared::domain::email_link::VerifiedBy;
use shared::domain::user::User;
use shared::http::bearer::{Bearer, bearer};
use shared::http::error::api::{ApiCode, ApiError};
use shared::http::{Request, Response, reply};
use shared::keys::KeyUse;
use shared::lambda::Endpoint;
use shared::service::caller::UserCaller;
use shared::service::email_link::redeem::LinkOutcome;
use shared::service::email_link::verify_email::{self, Presented};

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::post(env!("CARGO_PKG_NAME"), handle).uses(&[KeyUse::Published, KeyUse::Mac])
}

/// With `token`, verifies the address to which it was sent: with an access token of its user, nothing else changes, and
/// without one, everything that was set up in the user's name before ends. Without it, sends a token to the signed-in user.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, ApiError> {
    let mut body = request.json()?;
    let token = body.optional("token", |text| Ok(text.to_owned()));
    let token = body.finish(|| Some(token))?;
    match token {
        Some(token) => confirm(&app, &request, &token).await,
        None => send(&app, &request).await,
    }
}

async fn confirm(app: &App, request: &Request, token: &str) -> Result<Response, ApiError> {
    let now = app.clock.now();
    let outcome = match verify_email::find(app, token, now).await? {
        Presented::Open(loaded) => {
            let verified_by = verifier(app, request, &loaded.user).await?;
            verify_email::confirm(app, request, token, *loaded, verified_by, now).await?
        }
        Presented::Decided(outcome) => outcome,
    };
    match outcome {
        LinkOutcome::Done(_) => Ok(reply::result(json!({"email_verified": true}))),
        LinkOutcome::Raced => Err(ApiError::raced()),
        LinkOutcome::Void | LinkOutcome::EmailTaken => Err(ApiError::invalid_link()),
    }
}

/// Returns who verifies the address of this user: the user, if the request has an access token of theirs.
async fn verifier(app: &App, request: &Request, user: &User) -> Result<VerifiedBy, ApiError> {
    if bearer(&request.head) == Bearer::None {
        return Ok(VerifiedBy::MailAlone);
    }
    let caller = UserCaller::authenticate(app, request).await?;
    Ok(if caller.user.id == user.id { VerifiedBy::User } else { VerifiedBy::MailAlone })
}

async fn send(app: &App, request: &Request) -> Result<Response, ApiError> {
    let caller = UserCaller::authenticate(app, request).await?;
    let is_verified = caller.user.is_email_verified();
    if !is_verified {
        if app.config.mail_from.is_none() {
            return Err(ApiError::mail_not_configured());
        }
        let email =
            caller.user.email.as_ref().ok_or_else(|| ApiError::new(ApiCode::Conflict, "You have no e-mail address"))?;
        verify_email::send(app, &caller.user, email, request, app.clock.now()).await?;
    }
    Ok(reply::result(json!({"email_verified": is_verified, "sent": !is_verified})))
}
