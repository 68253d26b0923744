//! What every dialect must be able to report: a request that was refused before its handler saw it, or a fault of ours.

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

    /// The cause, for the log.
    fn cause(&self) -> Option<&Cause>;

    /// The response; pages use the brand.
    fn into_response(self, head: &Head, brand: &Brand) -> Response;
}
