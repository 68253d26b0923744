//! `POST /api/auth-refresh-token`: exchanges a refresh token of a direct sign-in for new tokens.

use std::sync::Arc;

use shared::app::App;
use shared::clock::Timestamp;
use shared::fault::Fault;
use shared::http::api_error::ApiError;
use shared::http::{Request, Response, reply};
use shared::keyring::KeyUse;
use shared::lambda::Endpoint;
use shared::session::{Refresh, Session, SessionKind};
use shared::sign_in;
use shared::store::Rotated;
use shared::token::refresh_token::RefreshToken;
use shared::user::User;

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::post(env!("CARGO_PKG_NAME"), handle).uses(&[KeyUse::Published, KeyUse::Signing, KeyUse::Mac])
}

/// Refreshes: one batch read and one conditional write. Tokens are made before anything is spent.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, ApiError> {
    let now = app.clock.now();
    let mut body = request.json()?;
    let text = body.required("refresh_token", |text| Ok(text.to_owned()));
    let text = body.finish(|| text)?;
    let token = app.keys.parse_refresh_token(&text).await?.filter(|token| token.kind == SessionKind::FirstParty);
    let token = token.ok_or_else(ApiError::invalid_refresh_token)?;
    let found = app.stores.session_and_user(token.user_id, token.session_id).await?;
    let (session, user) = found.ok_or_else(ApiError::invalid_refresh_token)?;
    let tokens = sign_in::issue(&app, &user, &session, &token.successor(), now).await?;
    if exchange(&app, session, &user, &token, now).await? {
        Ok(reply::result(tokens))
    } else {
        Err(ApiError::invalid_refresh_token())
    }
}

/// Decides about the token and acts on it; where another request came first, decides again about what it left.
async fn exchange(
    app: &App,
    mut session: Session,
    user: &User,
    token: &RefreshToken,
    now: Timestamp,
) -> Result<bool, Fault> {
    let lifetimes = app.config.refresh;
    loop {
        match session.decide(token, user, now, lifetimes.grace) {
            Refresh::Rotate => match app.stores.sessions.rotate(&session, token, lifetimes, now).await? {
                Rotated::Done => return Ok(true),
                Rotated::Raced(now) => session = *now,
                Rotated::Gone => return Ok(false),
            },
            Refresh::Repeat => return Ok(true),
            Refresh::Theft => {
                tracing::warn!(session_id = %session.id, user_id = %user.id, "a refresh token was used again: its session ends");
                app.stores.sessions.revoke(user.id, session.id, now).await?;
                return Ok(false);
            }
            Refresh::Refuse => return Ok(false),
        }
    }
}
