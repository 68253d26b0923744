//! The callers of an endpoint, and how they authenticate.

use serde_json::{Value, json};
use shared::domain::oauth::error::OAuthCode;
use shared::http::error::api::ApiCode;

use super::answer::Dialect;
use super::codes::Code;

/// The callers that an endpoint accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Any caller, without authentication.
    Anonymous,
    /// A user, with the access token of their sign-in.
    User,
    /// The same, or a caller with the token of a mailed link.
    UserOrLink,
    /// A user, or any caller without authentication.
    UserOrAnonymous,
    /// A user who is an operator.
    Operator,
    /// A user, or an app whose token has this scope or is not restricted.
    Scope(&'static str),
    /// A user, or an app to which a user granted this scope.
    UserScope(&'static str),
    /// An app to which a user granted this scope.
    Delegate(&'static str),
    /// Any access token of ours, whatever its scopes.
    Token,
    /// An OAuth client that authenticates.
    ConfidentialClient,
    /// An OAuth client, which may be a public one.
    Client,
    /// A client, with its registration access token.
    Registration,
    /// A user in a browser.
    Browser,
}

/// The names of the security schemes.
pub(crate) const USER: &str = "user";
pub(crate) const APP: &str = "app";
pub(crate) const BASIC: &str = "client_secret";
pub(crate) const REGISTRATION: &str = "registration";
pub(crate) const BROWSER: &str = "browser";

impl Caller {
    /// The alternatives, as OpenAPI lists them.
    pub(crate) fn security(self) -> Value {
        match self {
            Self::Anonymous => json!([]),
            Self::User | Self::Operator => json!([{USER: []}]),
            Self::UserOrLink | Self::UserOrAnonymous => json!([{USER: []}, {}]),
            Self::Scope(scope) | Self::UserScope(scope) => json!([{USER: []}, {APP: [scope]}]),
            Self::Delegate(scope) => json!([{APP: [scope]}]),
            Self::Token => json!([{USER: []}, {APP: []}]),
            // The credentials may also be in the body.
            Self::ConfidentialClient | Self::Client => json!([{BASIC: []}, {}]),
            Self::Registration => json!([{REGISTRATION: []}]),
            Self::Browser => json!([{BROWSER: []}, {}]),
        }
    }

    /// The same as a sentence for developers.
    pub(crate) fn sentence(self) -> String {
        match self {
            Self::Anonymous => "any caller".to_owned(),
            Self::User => "a user, with the access token of their sign-in".to_owned(),
            Self::UserOrLink => {
                "a user, with the access token of their sign-in, or a caller with the mailed token".to_owned()
            }
            Self::UserOrAnonymous => "any caller, or a user with the access token of their sign-in".to_owned(),
            Self::Operator => "an operator, with the access token of their sign-in".to_owned(),
            Self::Scope(scope) => {
                format!("a user, or an app whose access token has the scope {scope} or no scopes at all")
            }
            Self::UserScope(scope) => format!("a user, or an app to which a user granted the scope {scope}"),
            Self::Delegate(scope) => format!("an app to which a user granted the scope {scope}"),
            Self::Token => "a user or an app, with an access token".to_owned(),
            Self::ConfidentialClient => "an OAuth client that authenticates".to_owned(),
            Self::Client => "an OAuth client".to_owned(),
            Self::Registration => "a client, with its registration access token".to_owned(),
            Self::Browser => "a user in a browser".to_owned(),
        }
    }

    /// Returns whether the endpoint reads an access token.
    pub(crate) const fn is_bearer(self) -> bool {
        !matches!(self, Self::Anonymous | Self::ConfidentialClient | Self::Client | Self::Browser)
    }

    /// The errors for a caller that is not accepted.
    pub(crate) fn refusals(self, dialect: Dialect) -> Vec<Code> {
        let in_api = |codes: &[ApiCode]| codes.iter().copied().map(Code::from).collect();
        let in_oauth = |codes: &[OAuthCode]| codes.iter().copied().map(Code::from).collect();
        let (missing, invalid) = (ApiCode::Unauthorized, ApiCode::InvalidToken);
        match (self, dialect) {
            (Self::ConfidentialClient | Self::Client, _) => in_oauth(&[OAuthCode::InvalidClient]),
            (Self::Anonymous | Self::Browser, _) => vec![],
            (Self::Delegate(_), Dialect::OAuth) => in_oauth(&[OAuthCode::InvalidToken, OAuthCode::InsufficientScope]),
            (Self::UserOrAnonymous, Dialect::OAuth) => in_oauth(&[OAuthCode::InvalidToken, OAuthCode::AccessForbidden]),
            (_, Dialect::OAuth) => in_oauth(&[OAuthCode::InvalidToken]),
            (Self::User | Self::UserOrLink | Self::UserOrAnonymous | Self::Operator, _) => {
                in_api(&[missing, invalid, ApiCode::Forbidden])
            }
            (Self::Scope(_), _) => in_api(&[missing, invalid, ApiCode::InsufficientScope]),
            (Self::UserScope(_) | Self::Delegate(_), _) => {
                in_api(&[missing, invalid, ApiCode::InsufficientScope, ApiCode::Forbidden])
            }
            (Self::Token | Self::Registration, _) => in_api(&[missing, invalid]),
        }
    }
}
