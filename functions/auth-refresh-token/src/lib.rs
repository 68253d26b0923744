//! `POST /api/auth-refresh-token`: exchanges a refresh token of a direct sign-in for new tokens.

use std::sync::Arc;

use shared::app::App;
use shared::domain::session::kind::TokenKind;
use shared::http::error::api::ApiError;
use shared::http::{Request, Response, reply};
use shared::keys::KeyUse;
use shared::lambda::Endpoint;
use shared::service::session::{rotation, tokens};
use shared::store::Load;

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::post(env!("CARGO_PKG_NAME"), handle).uses(&[KeyUse::Published, KeyUse::Signing, KeyUse::Mac])
}

/// Refreshes: one batch read and one conditional write. Tokens are issued before anything is spent.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, ApiError> {
    let now = app.clock.now();
    let mut body = request.json()?;
    let text = body.required("refresh_token", |text| Ok(text.to_owned()));
    let text = body.finish(|| text)?;
    let token = app.keys.parse_refresh_token(&text).await?.filter(|token| token.kind == TokenKind::FirstParty);
    let token = token.ok_or_else(ApiError::invalid_refresh_token)?;
    let load = Load { user: Some(token.user_id), session: Some(token.session_id), ..Load::default() };
    let loaded = app.load(load).await?;
    let (session, user) = loaded.session.zip(loaded.user).ok_or_else(ApiError::invalid_refresh_token)?;
    let tokens = tokens::issue(&app, &user, &session, &token.successor(), now).await?;
    if rotation::exchange(&app, &session, &user, &token, request.origin(), now).await? {
        Ok(reply::result(tokens))
    } else {
        Err(ApiError::invalid_refresh_token())
    }
}
