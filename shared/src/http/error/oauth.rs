//! How OAuth errors look: as RFC 6749 §5.2 says, or in the envelope for a JSON request to the JSON API.

use std::borrow::Cow;
use std::collections::BTreeMap;

use lambda_http::http::StatusCode;
use lambda_http::http::header::{HeaderName, WWW_AUTHENTICATE};
use serde_json::json;

use crate::domain::brand::Brand;
use crate::domain::input::refusal::Refusal;
use crate::domain::oauth::error::{OAuthCode, OAuthError, plain};
use crate::fault::Cause;
use crate::http::error::{Failure, api, error_uri};
use crate::http::reply::{self, Response};
use crate::http::request::Head;

impl OAuthCode {
    /// The status that goes with it.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::InvalidRequest
            | Self::InvalidGrant
            | Self::UnauthorizedClient
            | Self::UnsupportedResponseType
            | Self::AccessDenied
            | Self::LoginRequired
            | Self::ConsentRequired
            | Self::InteractionRequired
            | Self::RequestNotSupported
            | Self::RequestUriNotSupported
            | Self::UnsupportedGrantType
            | Self::AuthorizationPending
            | Self::SlowDown
            | Self::ExpiredToken
            | Self::InvalidRedirectUri
            | Self::InvalidClientMetadata
            | Self::InvalidScope
            | Self::InvalidTarget => StatusCode::BAD_REQUEST,
            Self::InvalidClient | Self::InvalidToken => StatusCode::UNAUTHORIZED,
            Self::InsufficientScope | Self::AccessForbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            Self::ServerError => StatusCode::INTERNAL_SERVER_ERROR,
            Self::TemporarilyUnavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

/// Returns whether an OAuth response goes into the JSON API's envelope: for a JSON request to a hyphenated path.
pub fn wants_envelope(head: &Head) -> bool {
    let is_hyphenated = head.path.strip_prefix("/api/").is_some_and(|name| !name.contains('/'));
    is_hyphenated && head.media_type().as_deref() == Some("application/json")
}

impl From<Refusal> for OAuthError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Method(allow) => {
                let description = format!("This endpoint answers {allow} only");
                Self { allow: Some(allow), ..Self::new(OAuthCode::MethodNotAllowed, description) }
            }
            Refusal::TooLarge => Self::new(OAuthCode::PayloadTooLarge, "The body must have at most 64 KiB"),
            Refusal::MediaType(expected) => {
                Self::new(OAuthCode::UnsupportedMediaType, format!("The body must be {expected}"))
            }
            Refusal::Malformed(reason) => Self::invalid_request(reason),
        }
    }
}

impl Failure for OAuthError {
    fn code(&self) -> &'static str {
        self.code.as_str()
    }

    fn reason(&self) -> Cow<'_, str> {
        plain(&self.description).into()
    }

    fn cause(&self) -> Option<&Cause> {
        self.cause.as_ref()
    }

    fn into_response(self, head: &Head, _: &Brand) -> Response {
        let (status, code) = (self.code.status(), self.code.as_str());
        let description = plain(&self.description);
        let mut response = if wants_envelope(head) {
            api::envelope(status, code, &description, &BTreeMap::new())
        } else {
            let mut body = json!({"error": code, "error_description": description});
            if let (Some(uri), Some(fields)) = (error_uri(head, self.code), body.as_object_mut()) {
                fields.insert("error_uri".to_owned(), uri.into());
            }
            reply::json(status, &body)
        };
        // RFC 9110 §15.5.2: a challenge belongs to 401. RFC 6750 §3.1 allows one with 403. With any other status, clients read
        // it in place of the error.
        let may_challenge = matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
        if let Some(challenge) = self.challenge.as_ref().filter(|_| may_challenge) {
            reply::set(&mut response, WWW_AUTHENTICATE, challenge);
        }
        // RFC 6749 §5.2 asks for it beside Cache-Control.
        reply::set(&mut response, HeaderName::from_static("pragma"), "no-cache");
        reply::set_refusal_headers(&mut response, self.retry_after, self.allow.as_deref());
        response
    }
}
