//! Who may call an endpoint, and how they prove it.

use serde_json::{Value, json};
use shared::domain::oauth::error::OAuthCode;
use shared::http::error::api::ApiCode;

use super::answer::Dialect;
use super::codes::Code;

/// Who may call an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Anybody.
    Anybody,
    /// A user, by the access token of their sign-in.
    User,
    /// The same, or somebody who holds a link that was mailed.
    UserOrLink,
    /// The same, and apps for which the body proves who asks.
    UserOrAnonymous,
    /// A user who is an operator.
    Operator,
    /// A user, or an app whose token has this scope or is not restricted.
    Scope(&'static str),
    /// A user, or an app that one let in with this scope.
    PersonsScope(&'static str),
    /// An app that a user let in with this scope.
    Delegate(&'static str),
    /// Any access token of ours, whatever its scopes.
    Token,
    /// An OAuth client that proves who it is.
    ConfidentialClient,
    /// An OAuth client, which may be a public one.
    Client,
    /// A client, by the token that it got when it registered.
    Registration,
    /// A user at a browser.
    Browser,
}

/// The names of the ways to prove it.
pub(crate) const USER: &str = "user";
pub(crate) const APP: &str = "app";
pub(crate) const BASIC: &str = "client_secret";
pub(crate) const REGISTRATION: &str = "registration";
pub(crate) const BROWSER: &str = "browser";

impl Caller {
    /// The alternatives, as OpenAPI lists them.
    pub(crate) fn security(self) -> Value {
        match self {
            Self::Anybody => json!([]),
            Self::User | Self::Operator => json!([{USER: []}]),
            Self::UserOrLink | Self::UserOrAnonymous => json!([{USER: []}, {}]),
            Self::Scope(scope) | Self::PersonsScope(scope) => json!([{USER: []}, {APP: [scope]}]),
            Self::Delegate(scope) => json!([{APP: [scope]}]),
            Self::Token => json!([{USER: []}, {APP: []}]),
            // What proves it may stand in the body, too.
            Self::ConfidentialClient | Self::Client => json!([{BASIC: []}, {}]),
            Self::Registration => json!([{REGISTRATION: []}]),
            Self::Browser => json!([{BROWSER: []}, {}]),
        }
    }

    /// The same for users.
    pub(crate) fn sentence(self) -> String {
        match self {
            Self::Anybody => "anybody".to_owned(),
            Self::User => "a user, with the access token of their sign-in".to_owned(),
            Self::UserOrLink => {
                "a user, with the access token of their sign-in, or whoever has the mailed token".to_owned()
            }
            Self::UserOrAnonymous => "anybody, or a user with the access token of their sign-in".to_owned(),
            Self::Operator => "an operator, with the access token of their sign-in".to_owned(),
            Self::Scope(scope) => {
                format!("a user, or an app whose access token has the scope {scope} or no scopes at all")
            }
            Self::PersonsScope(scope) => format!("a user, or an app that one let in with the scope {scope}"),
            Self::Delegate(scope) => format!("an app that a user let in with the scope {scope}"),
            Self::Token => "whoever has an access token, a user or an app".to_owned(),
            Self::ConfidentialClient => "an OAuth client that proves who it is".to_owned(),
            Self::Client => "an OAuth client".to_owned(),
            Self::Registration => "a client, with its registration access token".to_owned(),
            Self::Browser => "a user at a browser".to_owned(),
        }
    }

    /// Says whether the endpoint reads an access token.
    pub(crate) const fn is_bearer(self) -> bool {
        !matches!(self, Self::Anybody | Self::ConfidentialClient | Self::Client | Self::Browser)
    }

    /// How whoever does not prove it is refused.
    pub(crate) fn refusals(self, dialect: Dialect) -> Vec<Code> {
        let in_api = |codes: &[ApiCode]| codes.iter().copied().map(Code::from).collect();
        let in_oauth = |codes: &[OAuthCode]| codes.iter().copied().map(Code::from).collect();
        let (nobody, bad) = (ApiCode::Unauthorized, ApiCode::InvalidToken);
        match (self, dialect) {
            (Self::ConfidentialClient | Self::Client, _) => in_oauth(&[OAuthCode::InvalidClient]),
            (Self::Anybody | Self::Browser, _) => vec![],
            (Self::Delegate(_), Dialect::OAuth) => in_oauth(&[OAuthCode::InvalidToken, OAuthCode::InsufficientScope]),
            (Self::UserOrAnonymous, Dialect::OAuth) => in_oauth(&[OAuthCode::InvalidToken, OAuthCode::AccessForbidden]),
            (_, Dialect::OAuth) => in_oauth(&[OAuthCode::InvalidToken]),
            (Self::User | Self::UserOrLink | Self::UserOrAnonymous | Self::Operator, _) => {
                in_api(&[nobody, bad, ApiCode::Forbidden])
            }
            (Self::Scope(_), _) => in_api(&[nobody, bad, ApiCode::InsufficientScope]),
            (Self::PersonsScope(_) | Self::Delegate(_), _) => {
                in_api(&[nobody, bad, ApiCode::InsufficientScope, ApiCode::Forbidden])
            }
            (Self::Token | Self::Registration, _) => in_api(&[nobody, bad]),
        }
    }
}
