//! Signing in directly: the session that begins, and the tokens that come of it.

use serde::Serialize;

use crate::app::App;
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::id::{AttemptId, TokenId};
use crate::session::{Device, FIRST_PARTY_CLIENT, Session, SessionId, SessionKind};
use crate::token::access_token::{AccessTokenClaims, TYP, TokenType};
use crate::token::refresh_token::RefreshToken;
use crate::user::{Role, User, UserId};

/// A pair of tokens, as the JSON API shows it.
#[derive(Serialize)]
pub struct Tokens {
    access_token: String,
    refresh_token: String,
    expires_in: u64,
}

/// A pair of tokens and whose they are, as the JSON API answers a registration or a sign-in.
#[derive(Serialize)]
pub struct SignedIn {
    #[serde(flatten)]
    tokens: Tokens,
    user: UserView,
}

/// A user, as the JSON API shows one to themselves.
#[derive(Serialize)]
struct UserView {
    id: UserId,
    email: String,
    name: String,
    role: Role,
}

impl SignedIn {
    /// The tokens of this user.
    pub fn new(tokens: Tokens, user: &User) -> Self {
        let user = UserView {
            id: user.id,
            email: user.email.as_str().to_owned(),
            name: user.name.as_str().to_owned(),
            role: user.role,
        };
        Self { tokens, user }
    }
}

/// A new session of this user, not yet stored, and its first refresh token.
pub fn new_session(app: &App, user: &User, device: Device, now: Timestamp) -> (Session, RefreshToken) {
    let id = SessionId::generate(now);
    let (token, secret_hash) = RefreshToken::first(user.id, id, SessionKind::FirstParty);
    let session = Session {
        id,
        kind: SessionKind::FirstParty,
        user_id: user.id,
        account_id: user.account_id,
        client_id: FIRST_PARTY_CLIENT.to_owned(),
        epoch: user.epoch,
        secret_hash,
        generation: token.generation,
        attempt: AttemptId::generate(now),
        created_at: now,
        rotated_at: now,
        idle_expires_at: now.after(app.config.refresh.idle),
        absolute_expires_at: now.after(app.config.refresh.total),
        revoked_at: None,
        device,
    };
    (session, token)
}

/// Makes the tokens of a session: a new access token, and the text of this refresh token.
///
/// # Errors
///
/// [`Fault`] when there are no keys to make them with. Called before anything is stored, nothing is lost by it.
pub async fn issue(
    app: &App,
    user: &User,
    session: &Session,
    refresh_token: &RefreshToken,
    now: Timestamp,
) -> Result<Tokens, Fault> {
    let (mac, signing, issuer) =
        futures_util::future::try_join3(app.keys.mac(), app.keys.signing(), app.keys.issuer(&app.stores.keys)).await?;
    let claims = AccessTokenClaims {
        sub: user.id.to_string(),
        aud: app.keys.audience(&issuer).to_owned(),
        exp: now.after(app.config.user_token_lifetime),
        iat: now,
        jti: TokenId::generate(now),
        client_id: session.client_id.clone(),
        scope: None,
        sid: Some(session.id),
        user_id: user.id,
        account_id: Some(user.account_id),
        org_id: user.account_id,
        token_type: if app.config.admin_user_ids.contains(&user.id) { TokenType::Admin } else { TokenType::User },
        iss: issuer,
    };
    Ok(Tokens {
        access_token: signing.sign(app.config.signing_algorithm, TYP, &claims, now)?.expose().to_owned(),
        refresh_token: refresh_token.issue(&mac, now)?.expose().to_owned(),
        expires_in: app.config.user_token_lifetime.as_secs(),
    })
}
