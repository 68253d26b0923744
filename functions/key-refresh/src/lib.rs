//! `POST /refresh`: issues an access token to a script for its refresh token, which does not change.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::try_join;
use lambda_http::http::StatusCode;
use serde::Serialize;
use shared::app::App;
use shared::domain::session::Session;
use shared::domain::types::timestamp::Timestamp;
use shared::domain::user_key::UserKey;
use shared::domain::user_key::refresh_token::KeyRefreshToken;
use shared::fault::Fault;
use shared::http::error::api::ApiError;
use shared::http::error::resource::ResourceError;
use shared::http::{Request, Response, reply};
use shared::keys::KeyUse;
use shared::lambda::Endpoint;
use shared::service::session::tokens;
use shared::store::Load;

/// How long after one use the next is recorded: a write for each refresh would gain an hour in a year. For tokens with a short
/// lifetime, a tenth of that lifetime.
const COUNTED: Duration = Duration::from_secs(86_400);

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::post(env!("CARGO_PKG_NAME"), handle).uses(&[KeyUse::Published, KeyUse::Signing])
}

#[derive(Serialize)]
struct Refreshed {
    access_token: String,
    token_type: &'static str,
    expires_in: u64,
}

/// Refreshes: one batch read, and once a day two concurrent writes that extend the token's lifetime.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, ResourceError> {
    let now = app.clock.now();
    let mut body = request.json()?;
    let text = body.required("refresh_token", |text| Ok(text.to_owned()));
    let text = body.finish(|| text)?;
    let token = KeyRefreshToken::parse(&text).ok_or_else(ApiError::invalid_refresh_token)?;
    let load =
        Load { user: Some(token.user_id), session: Some(token.session_id), key: Some(token.key_id), ..Load::default() };
    let loaded = app.load(load).await?;
    let live = loaded.live_session(now).filter(|(session, _)| token.opens(session));
    let ((session, user), key) = live.zip(loaded.key.as_ref()).ok_or_else(ApiError::invalid_refresh_token)?;
    let access_token = tokens::access_token(&app, user, session, now).await?;
    if !record_use(&app, session, key, &request.device().address, now).await? {
        return Err(ApiError::invalid_refresh_token().into());
    }
    Ok(reply::json(
        StatusCode::OK,
        &Refreshed {
            access_token: access_token.text.expose().to_owned(),
            token_type: "Bearer",
            expires_in: access_token.lifetime.as_secs(),
        },
    ))
}

/// Records the use of the token, unless one was recorded recently; returns whether session and key have not ended meanwhile.
async fn record_use(app: &App, session: &Session, key: &UserKey, from: &str, now: Timestamp) -> Result<bool, Fault> {
    let lifetime = app.config.user_key_refresh_lifetime;
    if now < session.rotated_at.after(COUNTED.min(lifetime / 10)) {
        return Ok(true);
    }
    let prolong = app.stores.sessions.prolong(session, lifetime, now);
    let (is_session, is_key) = try_join(prolong, app.stores.users.note_use(key, from, now)).await?;
    Ok(is_session && is_key)
}
