//! The response to a request that is refused (RFC 6750 §3): clients read from it where to go and what to request.

use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::scope;
use crate::settings::Settings;

/// Why a request is refused.
#[derive(Clone, Debug)]
pub enum Challenge {
    /// It brought no token.
    NoToken,
    /// It brought something that is no good token for this server.
    InvalidToken,
    /// The token is good, but the tool needs more. These scopes are those that the token has and those that the tool needs:
    /// a client requests what it reads here, and some request nothing else.
    InsufficientScope(String),
}

impl Challenge {
    /// The answer.
    pub fn response(self, settings: &Settings) -> Response {
        let (status, error, scopes) = match self {
            // RFC 6750 §3.1: who brought no token made no mistake, and is told of none.
            Self::NoToken => (StatusCode::UNAUTHORIZED, None, scope::FIRST.join(" ")),
            Self::InvalidToken => (
                StatusCode::UNAUTHORIZED,
                Some(("invalid_token", "The token is not one for this server, or it expired")),
                scope::FIRST.join(" "),
            ),
            Self::InsufficientScope(scopes) => {
                (StatusCode::FORBIDDEN, Some(("insufficient_scope", "The tool needs more scopes")), scopes)
            }
        };
        let mut challenge = format!(r#"Bearer resource_metadata="{}", scope="{scopes}""#, settings.resource_metadata());
        let mut body = json!({ "error": "unauthorized" });
        if let Some((error, description)) = error {
            challenge.push_str(&format!(r#", error="{error}", error_description="{description}""#));
            body = json!({ "error": error, "error_description": description });
        }
        let headers = [(WWW_AUTHENTICATE, challenge.as_str()), (CONTENT_TYPE, "application/json")];
        (status, headers, body.to_string()).into_response()
    }
}
