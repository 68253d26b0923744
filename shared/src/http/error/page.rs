//! Errors that users see: a page that says what happened, and leads on.

use std::borrow::Cow;
use std::time::Duration;

use lambda_http::http::StatusCode;
use maud::html;

use crate::domain::brand::Brand;
use crate::domain::input::refusal::Refusal;
use crate::fault::{Cause, Fault};
use crate::http::error::Failure;
use crate::http::error::developers::ForDevelopers;
use crate::http::page::Page;
use crate::http::reply::{self, Response};
use crate::http::request::Head;
use crate::paths;

/// An error that a user sees.
#[derive(Debug)]
pub struct PageError {
    status: StatusCode,
    code: &'static str,
    title: &'static str,
    message: Cow<'static, str>,
    /// A link to continue: its text and its address.
    way_on: Option<(Cow<'static, str>, String)>,
    retry_after: Option<Duration>,
    allow: Option<String>,
    developers: Option<Box<ForDevelopers>>,
    cause: Option<Cause>,
}

impl PageError {
    /// An error with this headline and this explanation; `code` names it in the log.
    pub fn new(
        status: StatusCode,
        code: &'static str,
        title: &'static str,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        let message = message.into();
        let (way_on, retry_after, allow, developers, cause) = (None, None, None, None, None);
        Self { status, code, title, message, way_on, retry_after, allow, developers, cause }
    }

    /// The request that an app sent a user here with is invalid, and there is no redirect URI to return the error to.
    pub fn bad_request(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", "This link does not work", message)
    }

    /// The app that sent a user here was deleted, or its registration has expired: only the app can register anew.
    pub fn deleted_client() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "deleted_client",
            "This connection no longer exists",
            "The app that sent you here was deleted, or it was not used for a long time (client_id). Go back to the app, remove the connection there and add it again. If that does not help, please inform the developer of the app.",
        )
    }

    /// There is no page at this address.
    pub fn not_found() -> Self {
        let message = "There is no page at this address.";
        let error = Self::new(StatusCode::NOT_FOUND, "not_found", "Nothing here", message);
        error.leading_to("Go to your account", paths::ACCOUNT)
    }

    /// There were too many attempts.
    pub fn too_many(wait: Duration) -> Self {
        let message = match wait.as_secs().div_ceil(60) {
            0 | 1 => "There were too many attempts. Please try again in a minute.".to_owned(),
            minutes => format!("There were too many attempts. Please try again in {minutes} minutes."),
        };
        let error = Self::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", "Too many attempts", message);
        Self { retry_after: Some(wait), ..error }
    }

    /// The same error with its cause, for the log.
    pub fn because(self, cause: impl Into<Cause>) -> Self {
        Self { cause: Some(cause.into()), ..self }
    }

    /// The same error with what the developer of the app has to know.
    pub fn for_developers(self, developers: ForDevelopers) -> Self {
        Self { developers: Some(Box::new(developers)), ..self }
    }

    /// The same error with a link to continue.
    pub fn leading_to(self, label: impl Into<Cow<'static, str>>, address: impl Into<String>) -> Self {
        Self { way_on: Some((label.into(), address.into())), ..self }
    }

    /// The same error with when to try again.
    pub fn retrying_after(self, wait: Duration) -> Self {
        Self { retry_after: Some(wait), ..self }
    }

    /// A form that another site sent.
    pub(crate) fn foreign_form() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "foreign_form",
            "This form came from another site",
            "For your safety nothing was done. If you did not expect this page, you can close it.",
        )
    }

    /// A form that this browser was not shown, or not to this user.
    pub(crate) fn stale_form(again: Option<String>) -> Self {
        let error = Self::new(
            StatusCode::FORBIDDEN,
            "stale_form",
            "Please try that again",
            "Your browser no longer had what belongs to this form. That happens when cookies were deleted, or when you signed in or out in another tab. Nothing was done.",
        );
        match again {
            Some(address) => error.leading_to("Continue", address),
            None => error.leading_to("Go to your account", paths::ACCOUNT),
        }
    }
}

impl From<Refusal> for PageError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Method(allow) => {
                let message = format!("This page answers {allow} only.");
                let status = StatusCode::METHOD_NOT_ALLOWED;
                let error = Self::new(status, "method_not_allowed", "That does not work here", message);
                Self { allow: Some(allow), ..error }
            }
            Refusal::TooLarge => Self::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "payload_too_large",
                "That was too much at once",
                "The form may have at most 64 KiB.",
            ),
            Refusal::MediaType(expected) => Self::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                "That does not work here",
                format!("This page reads {expected} only."),
            ),
            Refusal::Malformed(reason) => Self::bad_request(reason),
        }
    }
}

impl From<Fault> for PageError {
    fn from(fault: Fault) -> Self {
        let (error, retry_after, cause) = match fault {
            Fault::Unavailable(cause) => {
                let message = "Something we depend on does not answer at the moment. Nothing is lost: wait a few seconds and reload this page.";
                let status = StatusCode::SERVICE_UNAVAILABLE;
                let error = Self::new(status, "unavailable", "Please try again in a moment", message);
                (error, Some(Duration::from_secs(1)), cause)
            }
            Fault::Broken(cause) => {
                let message = "It is our fault, and it is in our log. Please try again later.";
                let status = StatusCode::INTERNAL_SERVER_ERROR;
                (Self::new(status, "internal_error", "Something went wrong", message), None, cause)
            }
        };
        Self { retry_after, cause: Some(cause), ..error }
    }
}

impl Failure for PageError {
    fn code(&self) -> &'static str {
        self.code
    }

    fn reason(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.developers.as_ref().map_or(&self.message, |developers| &developers.finding))
    }

    fn cause(&self) -> Option<&Cause> {
        self.cause.as_ref()
    }

    fn into_response(self, head: &Head, brand: &Brand) -> Response {
        let content = html! {
            h1 { (self.title) }
            p.lead { (self.message) }
            @if let Some((label, address)) = &self.way_on {
                a.button.main.block href=(address) { (label) }
            }
            @if let Some(developers) = &self.developers { (developers.markup()) }
            footer { "Reference" br; (head.request_id) }
        };
        let page = Page { status: self.status, title: self.title, content, is_wide: false };
        let mut response = page.response(brand);
        reply::set_refusal_headers(&mut response, self.retry_after, self.allow.as_deref());
        response
    }
}
