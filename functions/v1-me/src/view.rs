//! What the answer shows.

use serde::Serialize;
use shared::domain::client::Client;
use shared::domain::oauth::scope::{Scope, ScopeSet};
use shared::domain::session::Session;
use shared::domain::session::id::SessionId;
use shared::domain::token::access_token::TokenType;
use shared::domain::token::id_token::PersonClaims;
use shared::domain::user::account::AccountId;
use shared::domain::user::claims::user_claims;
use shared::domain::user::{User, UserId};
use shared::http::view::user::UserView;
use shared::service::caller::{AppCaller, DelegateCaller, UserCaller};

/// Whoever a token speaks for, and what it rests on.
#[derive(Serialize)]
pub(crate) struct Me {
    token_type: TokenType,
    /// Nobody, where an app speaks for itself.
    user: Option<ShownUser>,
    account: AccountView,
    client: Option<ClientView>,
    /// Nothing, where scopes do not apply.
    scopes: Option<Vec<String>>,
    session: Option<SessionView>,
}

/// A user: all of them, or what the token's scopes tell.
#[derive(Serialize)]
#[serde(untagged)]
enum ShownUser {
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

impl Me {
    /// A user who calls us themselves.
    pub(crate) fn of_user(UserCaller { user, session }: &UserCaller, is_admin: bool) -> Self {
        Self {
            token_type: if is_admin { TokenType::Admin } else { TokenType::User },
            user: Some(ShownUser::Whole(user.into())),
            account: AccountView { id: user.account_id },
            client: None,
            scopes: None,
            session: Some(session.into()),
        }
    }

    /// An app that speaks for itself.
    pub(crate) fn of_app(AppCaller { client, owner, scopes }: &AppCaller) -> Self {
        Self {
            token_type: TokenType::OauthClient,
            user: None,
            account: AccountView { id: owner.account_id },
            client: Some(client.into()),
            scopes: scopes.as_ref().map(names),
            session: None,
        }
    }

    /// An app that speaks for a user.
    pub(crate) fn of_delegate(DelegateCaller { user, session, client, scopes }: &DelegateCaller) -> Self {
        Self {
            token_type: TokenType::OauthClient,
            user: Some(ShownUser::as_seen_with(scopes, user)),
            account: AccountView { id: user.account_id },
            client: Some(client.into()),
            scopes: Some(names(scopes)),
            session: Some(session.into()),
        }
    }
}

impl ShownUser {
    /// A client gets what the user agreed to and never more: the id stands in the token anyway.
    fn as_seen_with(scopes: &ScopeSet, user: &User) -> Self {
        if scopes.contains(Scope::USER_READ) {
            Self::Whole(user.into())
        } else {
            Self::Partly { id: user.id, claims: user_claims(user, scopes) }
        }
    }
}

fn names(scopes: &ScopeSet) -> Vec<String> {
    scopes.names().map(str::to_owned).collect()
}

impl From<&Client> for ClientView {
    fn from(client: &Client) -> Self {
        Self { client_id: client.client_id.to_string(), name: client.metadata.name.as_str().to_owned() }
    }
}

impl From<&Session> for SessionView {
    fn from(session: &Session) -> Self {
        Self { id: session.id, created_at: session.created_at.to_rfc3339(), expires_at: session.ends_at().to_rfc3339() }
    }
}
