//! The tokens of a session at the JSON API.

use std::time::Duration;

use async_recursion::async_recursion as boxed;
use futures_util::future::try_join;
use serde::Serialize;

use crate::app::App;
use crate::domain::crypto::secret::Secret;
use crate::domain::session::Session;
use crate::domain::session::refresh_token::RefreshToken;
use crate::domain::token::access_token::{AccessTokenClaims, Issuance, TYP};
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::User;
use crate::fault::Fault;
use crate::http::view::user::UserView;
use crate::service::operator;

/// A pair of tokens, as the JSON API shows it.
#[derive(Serialize)]
pub struct Tokens {
    access_token: String,
    refresh_token: String,
    expires_in: u64,
}

/// A pair of tokens and their user, as the JSON API returns them for a registration or a sign-in.
#[derive(Serialize)]
pub struct SignedIn {
    #[serde(flatten)]
    tokens: Tokens,
    user: UserView,
}

impl SignedIn {
    /// The tokens of this user.
    pub fn new(tokens: Tokens, user: &User) -> Self {
        Self { tokens, user: user.into() }
    }
}

/// Issues the tokens of a session: a new access token, and this refresh token as text.
///
/// # Errors
///
/// [`Fault`] when there are no keys to sign them with. It is called before anything is stored, so nothing is lost.
#[boxed]
pub async fn issue(
    app: &App,
    user: &User,
    session: &Session,
    refresh_token: &RefreshToken,
    now: Timestamp,
) -> Result<Tokens, Fault> {
    let (mac, access_token) = try_join(app.keys.mac(), access_token(app, user, session, now)).await?;
    Ok(Tokens {
        access_token: access_token.text.expose().to_owned(),
        refresh_token: refresh_token.issue(&mac, now)?.expose().to_owned(),
        expires_in: access_token.lifetime.as_secs(),
    })
}

/// An access token of a user.
#[derive(Debug)]
pub struct AccessToken {
    /// The token.
    pub text: Secret,
    /// How long it lives.
    pub lifetime: Duration,
}

/// Issues an access token for the user of a session.
///
/// # Errors
///
/// [`Fault`] when there are no keys to sign it with.
#[boxed]
pub async fn access_token(app: &App, user: &User, session: &Session, now: Timestamp) -> Result<AccessToken, Fault> {
    let (signing, issuer) = try_join(app.keys.signing(), app.keys.issuer(&app.stores.keys)).await?;
    let is_script = session.kind.key().is_some();
    let lifetime = if is_script { app.config.user_key_token_lifetime } else { app.config.user_token_lifetime };
    let audience = app.keys.audience(&issuer).to_owned();
    let issuance = Issuance { issuer, audience, now, lifetime };
    let claims = AccessTokenClaims::of_user(issuance, user, session, operator::is_operator(app, user, session));
    Ok(AccessToken { text: signing.sign(app.config.signing_algorithm, TYP, &claims, now)?, lifetime })
}
