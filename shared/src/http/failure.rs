//! What every dialect must be able to say: that a request was refused before its handler saw it, or that we failed.

use crate::app::App;
use crate::fault::{Cause, Fault};
use crate::http::reply::Response;
use crate::http::request::Head;

/// A request that is refused before its meaning matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The endpoint has other methods: these.
    Method(String),
    /// The body is longer than any endpoint reads.
    TooLarge,
    /// The body is of another type than this one.
    MediaType(&'static str),
    /// The body cannot be read, for this reason.
    Malformed(&'static str),
}

/// A handler's error: the type in its signature is the dialect that its endpoint speaks.
pub trait Failure: From<Refusal> + From<Fault> + Send + 'static {
    /// The code, for the log.
    fn code(&self) -> &'static str;

    /// Why it happened, for the log.
    fn cause(&self) -> Option<&Cause>;

    /// The answer; pages look as the app's configuration says.
    fn into_response(self, head: &Head, app: &App) -> Response;
}
