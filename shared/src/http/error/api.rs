//! The JSON API's errors: `{"ok":false,"error":{"code":…,"message":…}}`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use lambda_http::http::StatusCode;
use lambda_http::http::header::WWW_AUTHENTICATE;
use serde_json::{Map, Value, json};

use crate::domain::brand::Brand;
use crate::domain::input::fields::Mistakes;
use crate::domain::input::refusal::Refusal;
use crate::domain::quota::{self, DailyQuota, Quotas};
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::User;
use crate::fault::{Cause, Fault};
use crate::http::error::Failure;
use crate::http::reply::{self, Response};
use crate::http::request::Head;

/// Every error code of the JSON API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiCode {
    /// The body is not JSON of the right form.
    InvalidJson,
    /// Fields are missing or wrong; `fields` says which.
    InvalidInput,
    /// There is no access token.
    Unauthorized,
    /// The access token is expired, revoked or not ours.
    InvalidToken,
    /// E-mail address or password is wrong.
    InvalidCredentials,
    /// The refresh token is expired, used, revoked or not ours.
    InvalidRefreshToken,
    /// The mailed link was used or is too old.
    InvalidLink,
    /// The caller may not do this.
    Forbidden,
    /// Users sign in with the upstream provider only.
    ProviderRequired,
    /// The user must verify their e-mail address first.
    EmailNotVerified,
    /// The user deleted their account and can restore it.
    AccountDeleted,
    /// The user has to sign in once more before this.
    RecentSignInRequired,
    /// The token lacks a scope.
    InsufficientScope,
    /// The account has as much of something as it may have.
    QuotaExceeded,
    /// It is not there, or belongs to another account.
    NotFound,
    /// The endpoint has other methods.
    MethodNotAllowed,
    /// Another user or contact has the e-mail address.
    EmailTaken,
    /// Another user has the name to sign in with.
    UsernameTaken,
    /// The user has as many keys as they can have.
    TooManyKeys,
    /// The app was revoked.
    AppRevoked,
    /// This deployment sends no mail.
    MailNotConfigured,
    /// Something else changed it first.
    Conflict,
    /// It is not in the state that the request requires.
    PreconditionFailed,
    /// Another request was sent with this idempotency key.
    IdempotencyKeyReused,
    /// The body is too long.
    PayloadTooLarge,
    /// The body is of another type.
    UnsupportedMediaType,
    /// Too many attempts.
    RateLimited,
    /// Something failed that should not.
    InternalError,
    /// Something that we depend on is unavailable.
    Unavailable,
}

impl ApiCode {
    /// The code on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidJson => "invalid_json",
            Self::InvalidInput => "invalid_input",
            Self::Unauthorized => "unauthorized",
            Self::InvalidToken => "invalid_token",
            Self::InvalidCredentials => "invalid_credentials",
            Self::InvalidRefreshToken => "invalid_refresh_token",
            Self::InvalidLink => "invalid_link",
            Self::Forbidden => "forbidden",
            Self::RecentSignInRequired => "recent_sign_in_required",
            Self::ProviderRequired => "provider_required",
            Self::EmailNotVerified => "email_not_verified",
            Self::AccountDeleted => "account_deleted",
            Self::InsufficientScope => "insufficient_scope",
            Self::QuotaExceeded => "quota_exceeded",
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::EmailTaken => "email_taken",
            Self::UsernameTaken => "username_taken",
            Self::TooManyKeys => "too_many_keys",
            Self::AppRevoked => "app_revoked",
            Self::MailNotConfigured => "mail_not_configured",
            Self::Conflict => "conflict",
            Self::PreconditionFailed => "precondition_failed",
            Self::IdempotencyKeyReused => "idempotency_key_reused",
            Self::PayloadTooLarge => "payload_too_large",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::RateLimited => "rate_limited",
            Self::InternalError => "internal_error",
            Self::Unavailable => "unavailable",
        }
    }

    /// The status that goes with it.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::InvalidJson | Self::InvalidInput | Self::InvalidLink => StatusCode::BAD_REQUEST,
            Self::Unauthorized | Self::InvalidToken | Self::InvalidCredentials | Self::InvalidRefreshToken => {
                StatusCode::UNAUTHORIZED
            }
            Self::Forbidden
            | Self::RecentSignInRequired
            | Self::ProviderRequired
            | Self::EmailNotVerified
            | Self::AccountDeleted
            | Self::InsufficientScope
            | Self::QuotaExceeded => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::EmailTaken
            | Self::UsernameTaken
            | Self::TooManyKeys
            | Self::AppRevoked
            | Self::MailNotConfigured
            | Self::Conflict => StatusCode::CONFLICT,
            Self::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
            Self::IdempotencyKeyReused => StatusCode::UNPROCESSABLE_ENTITY,
            Self::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::RateLimited => StatusCode::TOO_MANY_REQUESTS,
            Self::InternalError => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

/// An error of the JSON API: a code, a message for the caller, and a cause for our log.
#[derive(Debug)]
pub struct ApiError {
    code: ApiCode,
    message: Cow<'static, str>,
    fields: BTreeMap<&'static str, String>,
    challenge: Option<String>,
    retry_after: Option<Duration>,
    allow: Option<String>,
    cause: Option<Cause>,
}

impl ApiError {
    /// An error of this kind with this message.
    pub fn new(code: ApiCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            message: message.into(),
            fields: BTreeMap::new(),
            challenge: None,
            retry_after: None,
            allow: None,
            cause: None,
        }
    }

    /// Fields are missing or wrong.
    pub fn invalid_input(fields: BTreeMap<&'static str, String>) -> Self {
        let message = match fields.iter().next() {
            Some((name, mistake)) if fields.len() == 1 => format!("{name} {mistake}"),
            _ => "Some fields are missing or wrong".to_owned(),
        };
        Self { fields, ..Self::new(ApiCode::InvalidInput, message) }
    }

    /// E-mail address or password is wrong, or the user may not sign in: one response for all.
    pub fn invalid_credentials() -> Self {
        Self::new(ApiCode::InvalidCredentials, "The e-mail address or the password is wrong")
    }

    /// The user deleted their account and can restore it.
    pub fn account_deleted(user: &User) -> Self {
        let until = user.restorable_until.map(Timestamp::to_rfc3339).unwrap_or_default();
        let message = format!("This account was deleted; until {until}, sign in with restore: true to keep it");
        Self::new(ApiCode::AccountDeleted, message)
    }

    /// The refresh token is not valid: one response, whatever is wrong with it.
    pub fn invalid_refresh_token() -> Self {
        Self::new(ApiCode::InvalidRefreshToken, "The refresh token is expired, used, revoked or unknown; sign in again")
    }

    /// Another user or contact has the e-mail address.
    pub fn email_taken(message: &'static str) -> Self {
        Self::new(ApiCode::EmailTaken, message)
    }

    /// The account has no such item.
    pub fn not_found(message: &'static str) -> Self {
        Self::new(ApiCode::NotFound, message)
    }

    /// The mailed link is not valid: one response, whatever is wrong with it.
    pub fn invalid_link() -> Self {
        Self::new(ApiCode::InvalidLink, "The link was used or is too old; ask for another")
    }

    /// This deployment sends no mail.
    pub fn mail_not_configured() -> Self {
        Self::new(ApiCode::MailNotConfigured, "This service sends no mail, so this cannot be done here")
    }

    /// Something else changed the same thing at the same moment.
    pub fn raced() -> Self {
        Self::new(ApiCode::Conflict, "Something else was changed at the same time; try again")
    }

    /// Too many attempts.
    pub fn rate_limited(retry_after: Duration) -> Self {
        Self { retry_after: Some(retry_after), ..Self::new(ApiCode::RateLimited, "Too many attempts; try again later") }
    }

    /// The account has as many of these as it may have.
    pub fn quota_exceeded(what: &'static str, most: u32) -> Self {
        Self::new(ApiCode::QuotaExceeded, format!("Your account may have at most {most} {what}"))
    }

    /// The account added as much in a day as it may.
    pub fn daily_quota_exceeded(quota: DailyQuota, quotas: Quotas, now: Timestamp) -> Self {
        let much = match quota {
            DailyQuota::Events => format!("{} events", quotas.events_a_day),
            DailyQuota::Bytes => format!("{} bytes of event data", quotas.event_bytes_a_day),
        };
        let message = format!("Your account may add at most {much} in a day");
        Self { retry_after: Some(quota::until_tomorrow(now)), ..Self::new(ApiCode::RateLimited, message) }
    }

    /// The same error with a `WWW-Authenticate` challenge (RFC 6750 §3).
    pub fn with_challenge(self, challenge: String) -> Self {
        Self { challenge: Some(challenge), ..self }
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Method(allow) => {
                let message = format!("This endpoint answers {allow} only");
                Self { allow: Some(allow), ..Self::new(ApiCode::MethodNotAllowed, message) }
            }
            Refusal::TooLarge => Self::new(ApiCode::PayloadTooLarge, "The body must have at most 64 KiB"),
            Refusal::MediaType(expected) => {
                Self::new(ApiCode::UnsupportedMediaType, format!("The body must be {expected}"))
            }
            Refusal::Malformed(reason) => Self::new(ApiCode::InvalidJson, reason),
        }
    }
}

impl From<Mistakes> for ApiError {
    fn from(mistakes: Mistakes) -> Self {
        Self::invalid_input(mistakes)
    }
}

impl From<Fault> for ApiError {
    fn from(fault: Fault) -> Self {
        let (code, message, retry_after, cause) = match fault {
            Fault::Unavailable(cause) => (
                ApiCode::Unavailable,
                "Something we depend on is unavailable; try again",
                Some(Duration::from_secs(1)),
                cause,
            ),
            Fault::Broken(cause) => (ApiCode::InternalError, "Something went wrong on our side", None, cause),
        };
        Self { retry_after, cause: Some(cause), ..Self::new(code, message) }
    }
}

impl Failure for ApiError {
    fn code(&self) -> &'static str {
        self.code.as_str()
    }

    fn reason(&self) -> Cow<'_, str> {
        if self.fields.len() < 2 {
            return Cow::Borrowed(&self.message);
        }
        self.fields.iter().map(|(name, mistake)| format!("{name} {mistake}")).collect::<Vec<_>>().join("; ").into()
    }

    fn cause(&self) -> Option<&Cause> {
        self.cause.as_ref()
    }

    fn into_response(self, _: &Head, _: &Brand) -> Response {
        self.answer(&json!({"ok": false, "error": self.content()}))
    }
}

impl ApiError {
    /// The content of an error in every dialect that has these errors: `code`, `message`, and `fields` where some are
    /// wrong.
    pub(super) fn content(&self) -> Map<String, Value> {
        content(self.code.as_str(), &self.message, &self.fields)
    }

    /// This body, with the status and the headers of the error.
    pub(super) fn answer(&self, body: &Value) -> Response {
        let mut response = reply::json(self.code.status(), body);
        if let Some(challenge) = &self.challenge {
            reply::set(&mut response, WWW_AUTHENTICATE, challenge);
        }
        reply::set_refusal_headers(&mut response, self.retry_after, self.allow.as_deref());
        response
    }
}

/// `{"ok":false,"error":{"code":…,"message":…,"fields":…?}}`.
pub(super) fn envelope(
    status: StatusCode,
    code: &str,
    message: &str,
    fields: &BTreeMap<&'static str, String>,
) -> Response {
    reply::json(status, &json!({"ok": false, "error": content(code, message, fields)}))
}

fn content(code: &str, message: &str, fields: &BTreeMap<&'static str, String>) -> Map<String, Value> {
    let mut content = Map::from_iter([("code".to_owned(), json!(code)), ("message".to_owned(), json!(message))]);
    if !fields.is_empty() {
        content.insert("fields".to_owned(), json!(fields));
    }
    content
}
