//! `GET /api/v1/me`: for whom the token speaks.

use std::sync::Arc;

use lambda_http::http::{Method, StatusCode};
use serde::Serialize;
use shared::account::AccountId;
use shared::app::App;
use shared::caller::{AppCaller, Caller, DelegateCaller, UserCaller};
use shared::http::resource_error::ResourceError;
use shared::http::{Request, Response, reply};
use shared::keyring::KeyUse;
use shared::lambda::Endpoint;
use shared::oauth::scope::{Scope, ScopeSet};
use shared::oauth_app::OauthApp;
use shared::person_claims::person_claims;
use shared::session::{Session, SessionId};
use shared::token::access_token::TokenType;
use shared::token::id_token::PersonClaims;
use shared::user::{User, UserId};
use shared::user_view::UserView;

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::post(env!("CARGO_PKG_NAME"), handle).methods(|_| &[Method::GET]).uses(&[KeyUse::Published])
}

/// Whoever a token speaks for, and what it rests on.
#[derive(Serialize)]
struct Me {
    token_type: TokenType,
    /// Nobody, where an app speaks for itself.
    user: Option<Person>,
    account: AccountView,
    client: Option<ClientView>,
    /// Nothing, where scopes do not apply.
    scopes: Option<Vec<String>>,
    session: Option<SessionView>,
}

/// A person: all of them, or what the token's scopes tell.
#[derive(Serialize)]
#[serde(untagged)]
enum Person {
    Whole(UserView),
    Partly {
        id: UserId,
        #[serde(flatten)]
        claims: PersonClaims,
    },
}

#[derive(Serialize)]
struct AccountView {
    id: AccountId,
}

#[derive(Serialize)]
struct ClientView {
    client_id: String,
    name: String,
}

#[derive(Serialize)]
struct SessionView {
    id: SessionId,
    created_at: String,
    expires_at: String,
}

/// Tells whoever asks; no scope is needed for that, and none tells more than it is for. One batch read.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, ResourceError> {
    let caller = Caller::authenticate(&app, &request).await?;
    let me = match &caller {
        Caller::User(caller) => of_user(caller, caller.is_admin(&app)),
        Caller::App(caller) => of_app(caller),
        Caller::Delegate(caller) => of_delegate(caller),
    };
    Ok(reply::json(StatusCode::OK, &me))
}

fn of_user(UserCaller { user, session }: &UserCaller, is_admin: bool) -> Me {
    Me {
        token_type: if is_admin { TokenType::Admin } else { TokenType::User },
        user: Some(Person::Whole(user.into())),
        account: AccountView { id: user.account_id },
        client: None,
        scopes: None,
        session: Some(session.into()),
    }
}

fn of_app(AppCaller { client, owner, scopes }: &AppCaller) -> Me {
    Me {
        token_type: TokenType::OauthClient,
        user: None,
        account: AccountView { id: owner.account_id },
        client: Some(client.into()),
        scopes: scopes.as_ref().map(names),
        session: None,
    }
}

fn of_delegate(DelegateCaller { user, session, client, scopes }: &DelegateCaller) -> Me {
    Me {
        token_type: TokenType::OauthClient,
        user: Some(Person::as_seen_with(scopes, user)),
        account: AccountView { id: user.account_id },
        client: Some(client.into()),
        scopes: Some(names(scopes)),
        session: Some(session.into()),
    }
}

impl Person {
    /// A client gets what the person agreed to and never more: the id stands in the token anyway.
    fn as_seen_with(scopes: &ScopeSet, user: &User) -> Self {
        if scopes.contains(Scope::USER_READ) {
            Self::Whole(user.into())
        } else {
            Self::Partly { id: user.id, claims: person_claims(user, scopes) }
        }
    }
}

fn names(scopes: &ScopeSet) -> Vec<String> {
    scopes.names().map(str::to_owned).collect()
}

impl From<&OauthApp> for ClientView {
    fn from(client: &OauthApp) -> Self {
        Self { client_id: client.client_id.to_string(), name: client.metadata.name.as_str().to_owned() }
    }
}

impl From<&Session> for SessionView {
    fn from(session: &Session) -> Self {
        Self { id: session.id, created_at: session.created_at.to_rfc3339(), expires_at: session.ends_at().to_rfc3339() }
    }
}
