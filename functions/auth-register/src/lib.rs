//! `POST /api/auth-register`: creates a user, their account and their first session.

use std::sync::Arc;

use shared::app::App;
use shared::http::error::api::ApiError;
use shared::http::{Request, Response, reply};
use shared::keys::KeyUse;
use shared::lambda::Endpoint;
use shared::service::attempt::Attempt;
use shared::service::password::allowed;
use shared::service::session::sign_in;
use shared::service::session::tokens::{self, SignedIn};
use shared::service::throttle;
use shared::service::user::registration::{self, Registration};

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::post(env!("CARGO_PKG_NAME"), handle)
        .uses(&[KeyUse::Published, KeyUse::Signing, KeyUse::Mac])
        .takes_new_passwords()
}

/// Registers a user: counts the attempt, hashes the password, and creates user, account and session or none of them.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, ApiError> {
    allowed::ensure(&app)?;
    let now = app.clock.now();
    let mut body = request.json()?;
    let registration = Registration::parse(&mut body, app.config.password_policy);
    let registration = body.finish(|| registration)?;
    throttle::charge_registration(&app, &Attempt::new(request.origin(), now)).await?;
    registration.ensure_unbreached(&app).await.map_err(ApiError::invalid_input)?;
    let (user, account) = registration.into_user(&app, &request.device(), now).await?;
    let (session, refresh_token) = sign_in::api_session(&app, &user, request.device(), now);
    let tokens = tokens::issue(&app, &user, &session, &refresh_token, now).await?;
    if registration::register(&app, &user, &account, &session, &request, None).await? {
        Ok(reply::result(SignedIn::new(tokens, &user)))
    } else {
        Err(ApiError::email_taken("This e-mail address is already registered; sign in instead"))
    }
}
