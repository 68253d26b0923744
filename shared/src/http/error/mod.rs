//! What every dialect must be able to say: that a request was refused before its handler saw it, or that we failed.

pub mod api;
pub mod authorize;
pub mod oauth;
pub mod page;
pub mod resource;
pub mod upstream;

use crate::domain::brand::Brand;
use crate::domain::input::refusal::Refusal;
use crate::fault::{Cause, Fault};
use crate::http::reply::Response;
use crate::http::request::Head;

/// A handler's error: the type in its signature is the dialect that its endpoint speaks.
pub trait Failure: From<Refusal> + From<Fault> + Send + 'static {
    /// The code, for the log.
    fn code(&self) -> &'static str;

    /// ApprovalKind it happened, for the log.
    fn cause(&self) -> Option<&Cause>;

    /// The answer; pages look as the brand says.
    fn into_response(self, head: &Head, brand: &Brand) -> Response;
}
