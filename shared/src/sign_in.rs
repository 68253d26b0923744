//! Signing in directly: the session that begins, and the tokens that come of it.

use std::time::Duration;

use serde::Serialize;

use crate::app::App;
use crate::audit::{AuditAction, AuditEvent, Origin};
use crate::browser_session::BrowserToken;
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::http::Head;
use crate::http::cookie::{Cookie, Cookies};
use crate::id::TokenId;
use crate::oauth_app::TokenEpoch;
use crate::password::{Password, Verified};
use crate::secret::Secret;
use crate::session::{Device, FIRST_PARTY_CLIENT, Holder, ProvenBy, RefreshLifetimes, Session, SessionId, TokenKind};
use crate::sign_in_name::SignInName;
use crate::token::access_token::{AccessTokenClaims, TYP, TokenType};
use crate::token::refresh_token::RefreshToken;
use crate::user::{User, UserId};
use crate::user_key::UserKeyName;
use crate::user_view::UserView;

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

impl SignedIn {
    /// The tokens of this user.
    pub fn new(tokens: Tokens, user: &User) -> Self {
        Self { tokens, user: user.into() }
    }
}

/// Finds whose an e-mail address or a name is: two reads, whether it is anybody's or not.
///
/// # Errors
///
/// [`Fault`] when the table cannot be read.
pub async fn find(app: &App, name: &SignInName, now: Timestamp) -> Result<Option<User>, Fault> {
    let id = app.stores.users.find_by_name(name).await?;
    app.stores.users.find(id.unwrap_or_else(|| UserId::generate(now))).await
}

/// Gives the user whose name and password these are. An unknown name, a wrong password and a disabled user cost the same
/// work: two reads, one hash, and one write into the audit trail of the user's account or of nobody.
///
/// # Errors
///
/// [`Fault`] when the tables cannot be read or written, or the password cannot be hashed.
pub async fn verify(
    app: &App,
    name: &SignInName,
    password: &Password,
    origin: Origin,
    now: Timestamp,
) -> Result<Option<User>, Fault> {
    let user = find(app, name, now).await?;
    let expected = user.as_ref().and_then(|user| user.password_hash.as_ref());
    let verified = app.passwords.verify(password, expected).await.map_err(Fault::broken)?;
    match (user, verified) {
        (Some(user), Verified::Right) if user.is_enabled() => Ok(Some(user)),
        (Some(user), Verified::Outdated(new)) if user.is_enabled() => {
            app.stores.users.upgrade_password_hash(&user, &new).await?;
            Ok(Some(user))
        }
        (user, _) => {
            app.stores.audit.record(&refusal(user.as_ref(), origin, now)).await?;
            Ok(None)
        }
    }
}

/// A sign-in that failed, as the audit trail has it.
pub fn refusal(user: Option<&User>, origin: Origin, now: Timestamp) -> AuditEvent {
    let event = AuditEvent::new(AuditAction::UserSignedIn, origin, now).refused();
    match user {
        Some(user) => event.of_user(user),
        None => event,
    }
}

/// A sign-in with a user key that failed, as the audit trail has it.
pub fn key_refusal(key: UserKeyName, person: Option<&User>, origin: Origin, now: Timestamp) -> AuditEvent {
    let event = AuditEvent::new(AuditAction::UserKeyUsed, origin, now).about(key.key_id).refused();
    match person {
        Some(person) => event.of_user(person),
        None => event,
    }
}

/// A new session of somebody at the JSON API, not yet stored, and its first refresh token.
pub fn api_session(app: &App, user: &User, device: Device, now: Timestamp) -> (Session, RefreshToken) {
    let id = SessionId::generate(now);
    let (token, secret_hash) = RefreshToken::first(user.id, id, TokenKind::FirstParty);
    (Session::begin(id, user, Holder::FirstParty, secret_hash, app.config.refresh, device, now), token)
}

/// A session of somebody who proves now, at our pages, who they are: not yet stored, and what its cookie holds.
pub fn browser_session(
    app: &App,
    user: &User,
    id: SessionId,
    proven_by: ProvenBy,
    device: Device,
    now: Timestamp,
) -> (Session, BrowserToken) {
    let (token, secret_hash) = BrowserToken::generate(user.id, id);
    let lifetime = app.config.browser_session_lifetime;
    let lifetimes = RefreshLifetimes { idle: lifetime, total: Some(lifetime), grace: app.config.refresh.grace };
    let session = Session::begin(id, user, Holder::Browser, secret_hash, lifetimes, device, now);
    (Session { proven_by, ..session }, token)
}

/// Whoever is signed in to our pages in the browser that asks: what a cookie says, until the table confirms it.
pub fn browser_token(head: &Head, issuer: &str) -> Option<BrowserToken> {
    BrowserToken::parse(Cookies::of(issuer).read(head, Cookie::Session)?)
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
    let (mac, access_token) =
        futures_util::future::try_join(app.keys.mac(), access_token(app, user, session, now)).await?;
    Ok(Tokens {
        access_token: access_token.text.expose().to_owned(),
        refresh_token: refresh_token.issue(&mac, now)?.expose().to_owned(),
        expires_in: access_token.lifetime.as_secs(),
    })
}

/// An access token of a person.
#[derive(Debug)]
pub struct AccessToken {
    /// The token.
    pub text: Secret,
    /// How long it lives.
    pub lifetime: Duration,
}

/// Makes an access token that speaks for the person of a session.
///
/// # Errors
///
/// [`Fault`] when there are no keys to make it with.
pub async fn access_token(app: &App, user: &User, session: &Session, now: Timestamp) -> Result<AccessToken, Fault> {
    let (signing, issuer) =
        futures_util::future::try_join(app.keys.signing(), app.keys.issuer(&app.stores.keys)).await?;
    let key_id = session.holder.key();
    let lifetime = if key_id.is_some() { app.config.user_key_token_lifetime } else { app.config.user_token_lifetime };
    let claims = AccessTokenClaims {
        sub: user.id.to_string(),
        aud: app.keys.audience(&issuer).to_owned(),
        exp: now.after(lifetime),
        iat: now,
        jti: TokenId::generate(now),
        client_id: FIRST_PARTY_CLIENT.to_owned(),
        scope: None,
        sid: Some(session.id),
        key_id,
        user_id: user.id,
        account_id: Some(user.account_id),
        org_id: user.account_id,
        token_type: if app.config.is_admin(user.id) { TokenType::Admin } else { TokenType::User },
        client_epoch: TokenEpoch::default(),
        iss: issuer,
    };
    Ok(AccessToken { text: signing.sign(app.config.signing_algorithm, TYP, &claims, now)?, lifetime })
}
