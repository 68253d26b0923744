//! The response with the tokens.

use lambda_http::http::{HeaderName, StatusCode};
use serde::Serialize;
use shared::domain::crypto::secret::Secret;
use shared::domain::user::account::AccountId;
use shared::http::error::oauth::wants_envelope;
use shared::http::{Head, Response, reply};

/// Tokens that were issued.
pub(crate) struct IssuedTokens {
    pub(crate) access_token: Secret,
    pub(crate) refresh_token: Option<Secret>,
    pub(crate) id_token: Option<Secret>,
    pub(crate) expires_in: u64,
    /// Stated where the token has scopes (RFC 6749 §5.1).
    pub(crate) scope: Option<String>,
    /// The account, if a user consented to the app.
    pub(crate) org_id: Option<AccountId>,
}

/// The successful response (RFC 6749 §5.1).
#[derive(Serialize)]
struct TokenResponse<'a> {
    access_token: &'a str,
    token_type: &'static str,
    expires_in: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'a str>,
    #[serde(rename = "orgId", skip_serializing_if = "Option::is_none")]
    org_id: Option<AccountId>,
}

/// The response in the dialect of the request; `token_type` is case-insensitive, and each dialect has its own spelling.
pub(crate) fn tokens(head: &Head, tokens: &IssuedTokens) -> Response {
    let in_envelope = wants_envelope(head);
    let body = TokenResponse {
        access_token: tokens.access_token.expose(),
        token_type: if in_envelope { "bearer" } else { "Bearer" },
        expires_in: tokens.expires_in,
        refresh_token: tokens.refresh_token.as_ref().map(Secret::expose),
        id_token: tokens.id_token.as_ref().map(Secret::expose),
        scope: tokens.scope.as_deref(),
        org_id: tokens.org_id,
    };
    let mut response = if in_envelope { reply::result(body) } else { reply::json(StatusCode::OK, &body) };
    // RFC 6749 §5.1 requires it beside Cache-Control.
    reply::set(&mut response, HeaderName::from_static("pragma"), "no-cache");
    response
}
