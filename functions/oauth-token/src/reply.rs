//! How a token is answered.

use lambda_http::http::{HeaderName, StatusCode};
use serde::Serialize;
use shared::http::oauth_reply::wants_envelope;
use shared::http::{Head, Response, reply};
use shared::secret::Secret;

/// A token that was issued.
pub(crate) struct IssuedToken {
    pub(crate) access_token: Secret,
    pub(crate) expires_in: u64,
    /// Stated where the token has scopes (RFC 6749 §5.1).
    pub(crate) scope: Option<String>,
}

/// The successful answer (RFC 6749 §5.1).
#[derive(Serialize)]
struct TokenResponse<'a> {
    access_token: &'a str,
    token_type: &'static str,
    expires_in: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'a str>,
}

/// The answer in the dialect of the request; clients compare `token_type` without case, and each dialect has its own.
pub(crate) fn token(head: &Head, token: &IssuedToken) -> Response {
    let in_envelope = wants_envelope(head);
    let body = TokenResponse {
        access_token: token.access_token.expose(),
        token_type: if in_envelope { "bearer" } else { "Bearer" },
        expires_in: token.expires_in,
        scope: token.scope.as_deref(),
    };
    let mut response = if in_envelope { reply::result(body) } else { reply::json(StatusCode::OK, &body) };
    // RFC 6749 §5.1 asks for it beside Cache-Control.
    reply::set(&mut response, HeaderName::from_static("pragma"), "no-cache");
    response
}
