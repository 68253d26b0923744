//! OAuth errors: the catalogue of codes, and the error that OAuth endpoints return.

use std::borrow::Cow;
use std::time::Duration;

use crate::fault::{Cause, Fault};

/// The codes of RFC 6749 §5.2 and related specifications that this server uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OAuthCode {
    /// A parameter is missing, repeated or malformed.
    InvalidRequest,
    /// The client is unknown or not authenticated.
    InvalidClient,
    /// The code or refresh token is unknown, expired, used, revoked or another client's.
    InvalidGrant,
    /// The client may not use this grant.
    UnauthorizedClient,
    /// The response type is not supported.
    UnsupportedResponseType,
    /// The user, or the server, denied the request.
    AccessDenied,
    /// The client requested `prompt=none`, and a user has to sign in (OpenID Connect Core §3.1.2.6).
    LoginRequired,
    /// The client requested `prompt=none`, and the user has to consent.
    ConsentRequired,
    /// The user must do something on a page, and no page may be shown.
    InteractionRequired,
    /// Request objects are not supported.
    RequestNotSupported,
    /// Request objects by reference are not supported.
    RequestUriNotSupported,
    /// The access token is missing, expired, revoked or not issued by this server (RFC 6750 §3.1).
    InvalidToken,
    /// The access token lacks a scope.
    InsufficientScope,
    /// The grant type is not supported.
    UnsupportedGrantType,
    /// No user has approved the request yet (RFC 8628 §3.5).
    AuthorizationPending,
    /// The same, and the client polls too often.
    SlowDown,
    /// The device code has expired.
    ExpiredToken,
    /// A redirect URI cannot be registered (RFC 7591 §3.2.2).
    InvalidRedirectUri,
    /// Other client metadata cannot be registered.
    InvalidClientMetadata,
    /// A scope is unknown, malformed or more than the client may have.
    InvalidScope,
    /// The resource is unknown (RFC 8707 §2).
    InvalidTarget,
    /// The caller is authenticated, and not allowed to do this.
    AccessForbidden,
    /// The endpoint does not have this method.
    MethodNotAllowed,
    /// The body is of a type that the endpoint does not read.
    UnsupportedMediaType,
    /// The body is too long.
    PayloadTooLarge,
    /// There is nothing at this path.
    NotFound,
    /// Too many attempts; `Retry-After` says when to try again.
    TooManyRequests,
    /// An internal error.
    ServerError,
    /// A dependency is unavailable; the same request may succeed in a moment.
    TemporarilyUnavailable,
}

impl OAuthCode {
    /// Returns whether it answers a request that may show no page, and needs one (OpenID Connect Core §3.1.2.6).
    pub const fn needs_a_page(self) -> bool {
        matches!(self, Self::LoginRequired | Self::ConsentRequired | Self::InteractionRequired)
    }

    /// All codes; some are the same on the wire, with another status.
    pub const ALL: [Self; 29] = [
        Self::InvalidRequest,
        Self::InvalidClient,
        Self::InvalidGrant,
        Self::UnauthorizedClient,
        Self::UnsupportedResponseType,
        Self::AccessDenied,
        Self::LoginRequired,
        Self::ConsentRequired,
        Self::InteractionRequired,
        Self::RequestNotSupported,
        Self::RequestUriNotSupported,
        Self::InvalidToken,
        Self::InsufficientScope,
        Self::UnsupportedGrantType,
        Self::AuthorizationPending,
        Self::SlowDown,
        Self::ExpiredToken,
        Self::InvalidRedirectUri,
        Self::InvalidClientMetadata,
        Self::InvalidScope,
        Self::InvalidTarget,
        Self::AccessForbidden,
        Self::MethodNotAllowed,
        Self::UnsupportedMediaType,
        Self::PayloadTooLarge,
        Self::NotFound,
        Self::TooManyRequests,
        Self::ServerError,
        Self::TemporarilyUnavailable,
    ];

    /// The code on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest
            | Self::MethodNotAllowed
            | Self::UnsupportedMediaType
            | Self::PayloadTooLarge
            | Self::NotFound => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::AccessDenied | Self::AccessForbidden => "access_denied",
            Self::LoginRequired => "login_required",
            Self::ConsentRequired => "consent_required",
            Self::InteractionRequired => "interaction_required",
            Self::RequestNotSupported => "request_not_supported",
            Self::RequestUriNotSupported => "request_uri_not_supported",
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::AuthorizationPending => "authorization_pending",
            Self::SlowDown => "slow_down",
            Self::ExpiredToken => "expired_token",
            Self::InvalidRedirectUri => "invalid_redirect_uri",
            Self::InvalidClientMetadata => "invalid_client_metadata",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidTarget => "invalid_target",
            Self::TooManyRequests | Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::ServerError => "server_error",
        }
    }
}

/// A description as allowed on the wire: printable ASCII without quotes and backslashes (RFC 6749 §5.2).
pub fn plain(description: &str) -> String {
    description.chars().filter(|c| matches!(c, ' '..='~') && *c != '"' && *c != '\\').collect()
}

/// An error of an OAuth endpoint: a code, a description for the client's developer, and a cause for the log.
#[derive(Debug)]
pub struct OAuthError {
    /// What went wrong, for programs.
    pub code: OAuthCode,
    /// What went wrong, for users.
    pub description: Cow<'static, str>,
    /// The `WWW-Authenticate` to challenge with, if any.
    pub challenge: Option<String>,
    /// When to try again.
    pub retry_after: Option<Duration>,
    /// The methods that the endpoint has, if the request used another one.
    pub allow: Option<String>,
    /// The cause, for the log only.
    pub cause: Option<Cause>,
}

impl OAuthError {
    /// An error with this code and description.
    pub fn new(code: OAuthCode, description: impl Into<Cow<'static, str>>) -> Self {
        Self { code, description: description.into(), challenge: None, retry_after: None, allow: None, cause: None }
    }

    /// `invalid_request` with this description.
    pub fn invalid_request(description: impl Into<Cow<'static, str>>) -> Self {
        Self::new(OAuthCode::InvalidRequest, description)
    }

    /// `invalid_request` for a missing required parameter.
    pub fn missing(name: &str) -> Self {
        Self::invalid_request(format!("Missing required parameter: {name}"))
    }

    /// The same error for an unknown client, a wrong secret and a revoked app (RFC 6749 §5.2).
    pub fn invalid_client() -> Self {
        Self::new(OAuthCode::InvalidClient, "The client is unknown or its credentials are wrong")
    }

    /// `invalid_grant` with this description.
    pub fn invalid_grant(description: &'static str) -> Self {
        Self::new(OAuthCode::InvalidGrant, description)
    }

    /// The same error for a client that used the `Authorization` header (RFC 6749 §5.2).
    pub fn with_basic_challenge(self) -> Self {
        Self { challenge: Some("Basic realm=\"driftwood\", charset=\"UTF-8\"".to_owned()), ..self }
    }

    /// Too many attempts.
    pub fn too_many_requests(retry_after: Duration) -> Self {
        let error = Self::new(OAuthCode::TooManyRequests, "Too many attempts; try again later");
        Self { retry_after: Some(retry_after), ..error }
    }
}

impl From<Fault> for OAuthError {
    fn from(fault: Fault) -> Self {
        let (code, description, retry_after, cause) = match fault {
            Fault::Unavailable(cause) => (
                OAuthCode::TemporarilyUnavailable,
                "Something we depend on is unavailable; try again",
                Some(Duration::from_secs(1)),
                cause,
            ),
            Fault::Broken(cause) => (OAuthCode::ServerError, "Something went wrong on our side", None, cause),
        };
        Self { retry_after, cause: Some(cause), ..Self::new(code, description) }
    }
}
