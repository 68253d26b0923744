//! Errors in the dialect of the caller: the app, or its user.

use std::borrow::Cow;

use shared::domain::brand::Brand;
use shared::domain::input::refusal::Refusal;
use shared::domain::oauth::error::OAuthError;
use shared::fault::{Cause, Fault};
use shared::http::error::Failure;
use shared::http::error::page::PageError;
use shared::http::{Head, Response};
use shared::paths::DEVICE;

/// An error of this function.
#[derive(Debug)]
pub enum DeviceError {
    /// An error for the app.
    App(OAuthError),
    /// An error for the user.
    Page(PageError),
    /// An error for the caller, before the request is read.
    Refused(Refusal),
    /// A fault, for the caller.
    Failed(Fault),
}

impl From<OAuthError> for DeviceError {
    fn from(error: OAuthError) -> Self {
        Self::App(error)
    }
}

impl From<PageError> for DeviceError {
    fn from(error: PageError) -> Self {
        Self::Page(error)
    }
}

impl From<Refusal> for DeviceError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Fault> for DeviceError {
    fn from(fault: Fault) -> Self {
        Self::Failed(fault)
    }
}

impl Failure for DeviceError {
    fn code(&self) -> &'static str {
        match self {
            Self::App(error) => Failure::code(error),
            Self::Page(error) => error.code(),
            Self::Refused(_) => "invalid_request",
            Self::Failed(_) => "server_error",
        }
    }

    fn reason(&self) -> Cow<'_, str> {
        match self {
            Self::App(error) => error.reason(),
            Self::Page(error) => error.reason(),
            Self::Refused(refusal) => OAuthError::from(refusal.clone()).reason().into_owned().into(),
            Self::Failed(_) => Cow::Borrowed("Something went wrong on our side"),
        }
    }

    fn cause(&self) -> Option<&Cause> {
        match self {
            Self::App(error) => error.cause(),
            Self::Page(error) => error.cause(),
            Self::Refused(_) => None,
            Self::Failed(fault) => Some(fault.cause()),
        }
    }

    fn into_response(self, head: &Head, brand: &Brand) -> Response {
        match (self, head.path == DEVICE) {
            (Self::App(error), _) => error.into_response(head, brand),
            (Self::Page(error), _) => error.into_response(head, brand),
            (Self::Refused(refusal), true) => PageError::from(refusal).into_response(head, brand),
            (Self::Refused(refusal), false) => OAuthError::from(refusal).into_response(head, brand),
            (Self::Failed(fault), true) => PageError::from(fault).into_response(head, brand),
            (Self::Failed(fault), false) => OAuthError::from(fault).into_response(head, brand),
        }
    }
}
