//! Who calls: a bearer token verified, and everything that it rests on read in one batch.

use crate::account::AccountId;
use crate::app::App;
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::http::Request;
use crate::http::api_error::{ApiCode, ApiError};
use crate::http::bearer::{Bearer, bearer};
use crate::oauth::scope::ScopeSet;
use crate::oauth_app::{ClientId, OauthApp};
use crate::paths::PROTECTED_RESOURCE;
use crate::session::{FIRST_PARTY_CLIENT, Session};
use crate::token::access_token::{AccessTokenClaims, TokenType};
use crate::user::User;

/// Whoever sent an authenticated request.
#[derive(Debug)]
pub enum Caller {
    /// A person who signed in to us directly.
    User {
        /// The person.
        user: User,
        /// Their session.
        session: Session,
    },
    /// An app with a token of its own.
    App {
        /// The app.
        app: OauthApp,
        /// What its token may be used for; `None` means everything that its creator may.
        scopes: Option<ScopeSet>,
    },
}

/// A person with their session: what the endpoints for people alone accept.
#[derive(Debug)]
pub struct UserCaller {
    /// The person.
    pub user: User,
    /// Their session.
    pub session: Session,
}

impl Caller {
    /// Authenticates a request: the token is ours, and its session and user, or its app and creator, are alive now.
    ///
    /// One batch read.
    ///
    /// # Errors
    ///
    /// `401 unauthorized` without a token, `401 invalid_token` with a bad one, and [`Fault`]s.
    pub async fn authenticate(app: &App, request: &Request) -> Result<Self, ApiError> {
        let token = match bearer(&request.head) {
            Bearer::Token(token) => token,
            // RFC 6750 §3.1: without credentials there is no error code in the challenge.
            Bearer::None => {
                let error = ApiError::new(
                    ApiCode::Unauthorized,
                    "This endpoint needs an access token: Authorization: Bearer …",
                );
                return Err(error.with_challenge(challenge(app, "").await?));
            }
            Bearer::Malformed => return Err(invalid_token(app).await),
        };
        let now = app.clock.now();
        match app.keys.verify_access_token(&app.stores.keys, token).await? {
            Ok(claims) => match find(app, &claims, now).await? {
                Some(caller) => Ok(caller),
                None => Err(invalid_token(app).await),
            },
            Err(_) => Err(invalid_token(app).await),
        }
    }

    /// The person who signed in; an app may not do what follows, whatever its scopes.
    ///
    /// # Errors
    ///
    /// `403 forbidden` for an app's token.
    pub fn into_user(self) -> Result<UserCaller, ApiError> {
        match self {
            Self::User { user, session } => Ok(UserCaller { user, session }),
            Self::App { .. } => {
                Err(ApiError::new(ApiCode::Forbidden, "This endpoint is for people who signed in, not for apps"))
            }
        }
    }

    /// The account whose data the caller may reach, if the token has this scope or needs none.
    ///
    /// # Errors
    ///
    /// `403 insufficient_scope` with the scope that is missing.
    pub async fn account_for(&self, app: &App, scope: &str) -> Result<AccountId, ApiError> {
        match self {
            Self::User { user, .. } => Ok(user.account_id),
            Self::App { app: oauth_app, scopes } if scopes.as_ref().is_none_or(|scopes| scopes.contains(scope)) => {
                Ok(oauth_app.account_id)
            }
            Self::App { .. } => {
                let error =
                    ApiError::new(ApiCode::InsufficientScope, format!("The access token lacks the scope {scope}"));
                Err(error.with_challenge(
                    challenge(app, &format!("error=\"insufficient_scope\", scope=\"{scope}\", ")).await?,
                ))
            }
        }
    }
}

impl UserCaller {
    /// Authenticates a request that only a person may send.
    ///
    /// # Errors
    ///
    /// Those of [`Caller::authenticate`] and [`Caller::into_user`].
    pub async fn authenticate(app: &App, request: &Request) -> Result<Self, ApiError> {
        Caller::authenticate(app, request).await?.into_user()
    }
}

async fn find(app: &App, claims: &AccessTokenClaims, now: Timestamp) -> Result<Option<Caller>, Fault> {
    match (claims.token_type, claims.sid) {
        (TokenType::User | TokenType::Admin, Some(sid)) => {
            let found = app.stores.session_and_user(claims.user_id, sid).await?;
            let live =
                found.filter(|(session, user)| session.client_id == FIRST_PARTY_CLIENT && session.is_live(user, now));
            Ok(live.map(|(session, user)| Caller::User { user, session }))
        }
        (TokenType::OauthClient, None) => {
            let Some(client) = ClientId::parse(&claims.client_id) else { return Ok(None) };
            let facts = app.stores.app_and_creator(client.app_id(), Some(claims.user_id)).await?;
            let live = facts
                .app
                .filter(|app| app.revoked_at.is_none() && facts.creator.is_some_and(|creator| creator.is_enabled()));
            // A scope that the app lost since is lost to its tokens too.
            let granted = claims.scope.as_deref().map(|scope| ScopeSet::parse(scope).unwrap_or_default());
            Ok(live.map(|app| Caller::App { scopes: effective(granted, &app.scopes), app }))
        }
        _ => Ok(None),
    }
}

/// What a token may be used for: what it was granted, and what its app may still have. No scopes at all mean everything.
fn effective(granted: Option<ScopeSet>, registered: &ScopeSet) -> Option<ScopeSet> {
    match (granted, registered.is_empty()) {
        (granted, true) => granted,
        (None, false) => Some(registered.clone()),
        (Some(granted), false) => Some(granted.intersection(registered)),
    }
}

async fn invalid_token(app: &App) -> ApiError {
    let error = ApiError::new(ApiCode::InvalidToken, "The access token is expired, revoked or unknown");
    match challenge(app, "error=\"invalid_token\", ").await {
        Ok(challenge) => error.with_challenge(challenge),
        Err(fault) => fault.into(),
    }
}

/// A `WWW-Authenticate` value (RFC 6750 §3) that leads to our metadata (RFC 9728 §5.1).
async fn challenge(app: &App, error: &str) -> Result<String, Fault> {
    let issuer = app.keys.issuer(&app.stores.keys).await?;
    Ok(format!("Bearer realm=\"driftwood\", {error}resource_metadata=\"{issuer}{PROTECTED_RESOURCE}\""))
}
