//! The JSON of the response.

use serde::Serialize;
use shared::domain::client::Client;
use shared::domain::oauth::scope::{Scope, ScopeSet};
use shared::domain::session::Session;
use shared::domain::session::id::SessionId;
use shared::domain::token::access_token::TokenType;
use shared::domain::token::id_token::UserClaims;
use shared::domain::user::account::AccountId;
use shared::domain::user::claims::user_claims;
use shared::domain::user::{User, UserId};
use shared::http::view::user::UserView;
use shared::service::caller::{AppCaller, DelegateCaller, UserCaller};

/// The user, account, app and session of a token.
#[derive(Serialize)]
pub(crate) struct Me {
    token_type: TokenType,
    /// None if an app acts for itself.
    user: Option<ShownUser>,
    account: AccountView,
    client: Option<ClientView>,
    /// None if scopes do not apply.
    scopes: Option<Vec<String>>,
    session: Option<SessionView>,
}

/// A user: the whole record, or the claims that the token's scopes allow.
#[derive(Serialize)]
#[serde(untagged)]
enum ShownUser {
    Whole(UserView),
    Partly {
        id: UserId,
        #[serde(flatten)]
        claims: UserClaims,
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
    /// A user with the token of their own sign-in.
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

    /// An app that acts for itself.
    pub(crate) fn of_app(AppCaller { client, owner, scopes, .. }: &AppCaller) -> Self {
        Self {
            token_type: TokenType::OauthClient,
            user: None,
            account: AccountView { id: owner.account_id },
            client: Some(client.into()),
            scopes: scopes.as_ref().map(names),
            session: None,
        }
    }

    /// An app that acts for a user.
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
    /// A client gets only what the user consented to; the id is in the token anyway.
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
