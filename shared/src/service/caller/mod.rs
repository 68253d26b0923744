//! The caller of a request: the bearer token is verified, and everything that it depends on is read in one batch.

mod delegation;
mod denial;

pub use denial::Denial;

use async_recursion::async_recursion as boxed;
use denial::Reason;

use crate::app::App;
use crate::domain::actor::Actor;
use crate::domain::client::Client;
use crate::domain::client::id::ClientId;
use crate::domain::event::reader::Reader;
use crate::domain::oauth::scope::ScopeSet;
use crate::domain::quota::Quotas;
use crate::domain::session::Session;
use crate::domain::token::access_token::{AccessTokenClaims, TokenType};
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::User;
use crate::domain::user::account::AccountId;
use crate::fault::Fault;
use crate::http::Request;
use crate::http::bearer::{Bearer, bearer};
use crate::http::error::api::{ApiCode, ApiError};
use crate::keys::Audience;
use crate::service::operator;
use crate::store::{Load, Loaded};

/// The caller of an authenticated request.
#[derive(Debug)]
pub enum Caller {
    /// A user who signed in to us directly.
    User(Box<UserCaller>),
    /// An app with a token of its own.
    App(Box<AppCaller>),
    /// An app that acts for a user who consented to it.
    Delegate(Box<DelegateCaller>),
}

/// A user with their session: the only caller of endpoints that apps may not call.
#[derive(Debug)]
pub struct UserCaller {
    /// The user.
    pub user: User,
    /// Their session.
    pub session: Session,
}

/// An app that acts for itself.
#[derive(Debug)]
pub struct AppCaller {
    /// The app.
    pub client: Client,
    /// The user who created it.
    pub creator: User,
    /// What its token may be used for; `None` means everything that its creator may.
    pub scopes: Option<ScopeSet>,
}

/// An app that acts for a user.
#[derive(Debug)]
pub struct DelegateCaller {
    /// The user.
    pub user: User,
    /// The session that they granted the app.
    pub session: Session,
    /// The app.
    pub client: Client,
    /// What its token may be used for.
    pub scopes: ScopeSet,
}

/// A user who calls us directly or through an app.
#[derive(Debug)]
pub struct ActingUser {
    /// The user.
    pub user: User,
    /// Their session, if they call us directly.
    pub session: Option<Session>,
}

impl Caller {
    /// Authenticates a request: the token was issued by us for our API, and the session, user, app, creator and consent
    /// that it depends on are valid now.
    ///
    /// One batch read.
    ///
    /// # Errors
    ///
    /// `401 unauthorized` without a token, `401 invalid_token` with an invalid one, and [`Fault`]s.
    #[boxed]
    pub async fn authenticate(app: &App, request: &Request) -> Result<Self, ApiError> {
        match bearer(&request.head) {
            Bearer::Token(token) => Self::identify(app, token, Audience::OurApi).await,
            Bearer::None => Err(Denial::of(app, Reason::NoToken).await),
            Bearer::Malformed => Err(Denial::of(app, Reason::InvalidToken).await),
        }
    }

    /// Identifies the caller that a token represents.
    ///
    /// # Errors
    ///
    /// A [`Denial`] as 401, and [`Fault`]s.
    pub async fn identify<E: From<Denial> + From<Fault>>(
        app: &App,
        token: &str,
        audience: Audience,
    ) -> Result<Self, E> {
        let found = match app.keys.verify_access_token(&app.stores.keys, token, audience).await? {
            Ok(claims) => Self::of_token(app, &claims, app.clock.now()).await?,
            Err(_) => None,
        };
        match found {
            Some(caller) => Ok(caller),
            None => Err(Denial::of(app, Reason::InvalidToken).await),
        }
    }

    /// Returns the caller that a verified token represents, if everything that it depends on is valid now: one batch
    /// read.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be read.
    #[boxed]
    pub async fn of_token(app: &App, claims: &AccessTokenClaims, now: Timestamp) -> Result<Option<Self>, Fault> {
        match (claims.token_type, claims.sid) {
            (TokenType::User | TokenType::Admin, Some(sid)) => {
                let load =
                    Load { user: Some(claims.user_id), session: Some(sid), key: claims.key_id, ..Load::default() };
                let loaded = app.load(load).await?;
                let live = loaded.live_session(now).filter(|(session, _)| session.kind.acts_as_user());
                let caller = live.map(|(session, user)| UserCaller { user: user.clone(), session: session.clone() });
                Ok(caller.map(|caller| Self::User(Box::new(caller))))
            }
            (TokenType::OauthClient, sid) => {
                let client = ClientId::parse(&claims.client_id);
                let load = Load { client, token: Some(claims.jti), ..Load::default() };
                let load = match sid {
                    Some(sid) => Load { user: Some(claims.user_id), session: Some(sid), consent: true, ..load },
                    None => Load { creator: Some(claims.user_id), ..load },
                };
                let loaded = app.load(load).await?;
                let client = loaded.live_client(now).filter(|_| !loaded.is_token_revoked);
                Ok(client.and_then(|client| match sid {
                    Some(_) => delegate(app, &loaded, client, claims, now),
                    None => program(&loaded, client, claims),
                }))
            }
            (TokenType::User | TokenType::Admin, None) => Ok(None),
        }
    }

    /// The error for a request without a token.
    pub async fn missing_token<E: From<Denial> + From<Fault>>(app: &App) -> E {
        Denial::of(app, Reason::NoToken).await
    }

    /// Returns the user who signed in; an app is refused, whatever its scopes.
    ///
    /// # Errors
    ///
    /// `403 forbidden` for an app's token.
    pub fn into_user(self) -> Result<UserCaller, ApiError> {
        match self {
            Self::User(caller) => Ok(*caller),
            Self::App(_) | Self::Delegate(_) => {
                Err(ApiError::new(ApiCode::Forbidden, "This endpoint is for users who signed in, not for apps"))
            }
        }
    }

    /// What the token may be used for now; `None` where scopes do not apply.
    pub fn scopes(&self) -> Option<&ScopeSet> {
        match self {
            Self::User(_) => None,
            Self::App(caller) => caller.scopes.as_ref(),
            Self::Delegate(caller) => Some(&caller.scopes),
        }
    }

    /// The caller as a reader of events, if they are an app: it sees what its scopes let it read.
    pub fn as_reader(&self) -> Option<Reader<'_>> {
        match self {
            Self::User(_) => None,
            Self::App(caller) => {
                let scopes = caller.scopes.as_ref()?;
                Some(Reader { client_id: &caller.client.client_id, scopes })
            }
            Self::Delegate(caller) => Some(Reader { client_id: &caller.client.client_id, scopes: &caller.scopes }),
        }
    }

    /// What the caller's account may have.
    pub fn quotas(&self, app: &App) -> Quotas {
        app.config.quotas_of(match self {
            Self::User(caller) => &caller.user,
            Self::App(caller) => &caller.creator,
            Self::Delegate(caller) => &caller.user,
        })
    }

    /// The user and the app that the caller acts for.
    pub fn actor(&self) -> Actor<'_> {
        match self {
            Self::User(caller) => Actor::of_user(&caller.user),
            Self::App(caller) => {
                let client_id = Some(&caller.client.client_id);
                Actor { user: &caller.creator, client_id, consent_id: None }
            }
            Self::Delegate(caller) => {
                let consent_id = caller.session.kind.grant().map(|grant| grant.consent_id);
                Actor { user: &caller.user, client_id: Some(&caller.client.client_id), consent_id }
            }
        }
    }

    /// Checks that a user who calls us directly signed in a moment ago; what an app may do, its scopes decide.
    ///
    /// # Errors
    ///
    /// `403 recent_sign_in_required` only.
    pub fn ensure_recent_sign_in(&self, now: Timestamp) -> Result<(), ApiError> {
        match self {
            Self::User(caller) => caller.ensure_recent_sign_in(now),
            Self::App(_) | Self::Delegate(_) => Ok(()),
        }
    }

    /// Checks that the token has this scope or needs none.
    ///
    /// # Errors
    ///
    /// `403 insufficient_scope` with the scope that is missing and those that the token has.
    #[boxed]
    pub async fn require(&self, app: &App, scope: &'static str) -> Result<(), ApiError> {
        match self.scopes() {
            Some(scopes) if !scopes.contains(scope) => Err(self.lacks(app, scope).await),
            _ => Ok(()),
        }
    }

    /// The account whose data the caller may reach, if the token has this scope or needs none.
    ///
    /// # Errors
    ///
    /// `403 insufficient_scope` with the scope that is missing and those that the token has.
    #[boxed]
    pub async fn account_for(&self, app: &App, scope: &'static str) -> Result<AccountId, ApiError> {
        self.require(app, scope).await?;
        Ok(match self {
            Self::User(caller) => caller.user.account_id,
            Self::App(caller) => caller.creator.account_id,
            Self::Delegate(caller) => caller.user.account_id,
        })
    }

    /// Returns the user that the token represents, if it has this scope or needs none.
    ///
    /// # Errors
    ///
    /// `403 insufficient_scope` with the scope that is missing, `403 forbidden` for an app that acts for itself.
    #[boxed]
    pub async fn into_acting_user(self, app: &App, scope: &'static str) -> Result<ActingUser, ApiError> {
        match self {
            Self::User(caller) => Ok(ActingUser { user: caller.user, session: Some(caller.session) }),
            Self::Delegate(caller) if caller.scopes.contains(scope) => {
                Ok(ActingUser { user: caller.user, session: None })
            }
            Self::Delegate(_) => Err(self.lacks(app, scope).await),
            Self::App(_) => {
                Err(ApiError::new(ApiCode::Forbidden, "This endpoint is about a user, and the token represents none"))
            }
        }
    }

    /// The error for a token that lacks a scope. It names that scope together with those that the token has.
    pub async fn lacks<E: From<Denial> + From<Fault>>(&self, app: &App, scope: &'static str) -> E {
        let has = self.scopes().cloned().unwrap_or_default();
        let together = has.union(&ScopeSet::of_token(scope));
        Denial::of(app, Reason::InsufficientScope { missing: scope, together }).await
    }
}

impl UserCaller {
    /// Authenticates a request that only a user may send.
    ///
    /// # Errors
    ///
    /// Those of [`Caller::authenticate`] and [`Caller::into_user`].
    #[boxed]
    pub async fn authenticate(app: &App, request: &Request) -> Result<Self, ApiError> {
        Caller::authenticate(app, request).await?.into_user()
    }

    /// Authenticates a request that only a user may send who signed in a moment ago.
    ///
    /// # Errors
    ///
    /// Those of [`Self::authenticate`] and [`Self::ensure_recent_sign_in`].
    #[boxed]
    pub async fn authenticate_recent(app: &App, request: &Request) -> Result<Self, ApiError> {
        let caller = Self::authenticate(app, request).await?;
        caller.ensure_recent_sign_in(app.clock.now())?;
        Ok(caller)
    }

    /// Checks that the user signed in a moment ago: a stolen access token alone must not become a key or a secret that
    /// outlives it.
    ///
    /// # Errors
    ///
    /// `403 recent_sign_in_required` only.
    pub fn ensure_recent_sign_in(&self, now: Timestamp) -> Result<(), ApiError> {
        if self.session.is_recent_sign_in(now) {
            return Ok(());
        }
        let message = "Sign in with your password or your provider, and do this within ten minutes";
        Err(ApiError::new(ApiCode::RecentSignInRequired, message))
    }

    /// Authenticates a request that only an operator may send.
    ///
    /// # Errors
    ///
    /// Those of [`Self::authenticate`], and `403 forbidden` for every other user.
    #[boxed]
    pub async fn authenticate_admin(app: &App, request: &Request) -> Result<Self, ApiError> {
        let caller = Self::authenticate(app, request).await?;
        if caller.is_admin(app) {
            Ok(caller)
        } else {
            Err(ApiError::new(ApiCode::Forbidden, "This endpoint is for operators"))
        }
    }

    /// Returns whether the user is an operator now, whatever their token says.
    pub fn is_admin(&self, app: &App) -> bool {
        operator::is_operator(app, &self.user, &self.session)
    }
}

/// Returns the app that acts for a user, if their session, their consent and the app are valid.
fn delegate(app: &App, loaded: &Loaded, client: &Client, claims: &AccessTokenClaims, now: Timestamp) -> Option<Caller> {
    let (session, user) = loaded.live_session(now)?;
    session.kind.grant().filter(|grant| loaded.grant_is_valid(grant) && grant.client_id == client.client_id)?;
    // A scope that the app lost since is lost to its tokens too.
    let scopes = claims.scopes().intersection(&client.grantable_scopes(&app.config.scopes));
    let (user, session, client) = (user.clone(), session.clone(), client.clone());
    Some(Caller::Delegate(Box::new(DelegateCaller { user, session, client, scopes })))
}

/// Returns an app with a token of its own: only apps of an account have such tokens, and none that was issued before
/// all were revoked is valid.
fn program(loaded: &Loaded, client: &Client, claims: &AccessTokenClaims) -> Option<Caller> {
    if client.owner.is_none() || claims.client_epoch != client.token_epoch {
        return None;
    }
    let creator = loaded.creator.clone()?;
    let granted = claims.scope.as_ref().map(|_| claims.scopes());
    let scopes = effective(granted, &client.metadata.scopes);
    Some(Caller::App(Box::new(AppCaller { client: client.clone(), creator, scopes })))
}

/// What a token may be used for: what it was granted, and what its app may still have. No scopes at all mean everything.
fn effective(granted: Option<ScopeSet>, registered: &ScopeSet) -> Option<ScopeSet> {
    match (granted, registered.is_empty()) {
        (granted, true) => granted,
        (None, false) => Some(registered.clone()),
        (Some(granted), false) => Some(granted.intersection(registered)),
    }
}
