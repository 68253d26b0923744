//! What every dialect must be able to report: a request that was refused before its handler saw it, or a fault of ours.

pub mod api;
pub mod authorize;
pub mod developers;
pub mod oauth;
pub mod page;
pub mod resource;
pub mod upstream;

use std::borrow::Cow;

use crate::domain::brand::Brand;
use crate::domain::input::refusal::Refusal;
use crate::domain::oauth::error::OAuthCode;
use crate::fault::{Cause, Fault};
use crate::http::reply::Response;
use crate::http::request::Head;
use crate::paths::ERRORS;

/// A handler's error: the type in its signature is the dialect that its endpoint speaks.
pub trait Failure: From<Refusal> + From<Fault> + Send + 'static {
    /// The code, for the log.
    fn code(&self) -> &'static str;

    /// What was wrong with the request, as the caller is told, for the log.
    fn reason(&self) -> Cow<'_, str>;

    /// The cause, for the log.
    fn cause(&self) -> Option<&Cause>;

    /// The response; pages use the brand.
    fn into_response(self, head: &Head, brand: &Brand) -> Response;
}

/// The `error_uri` of an OAuth error (RFC 6749 §4.1.2.1, §5.2): where its code is explained, on our own origin.
pub fn error_uri(head: &Head, code: OAuthCode) -> Option<String> {
    (!head.own_origin.is_empty()).then(|| format!("{}{ERRORS}#{}", head.own_origin, code.as_str()))
}
