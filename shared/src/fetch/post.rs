//! Sending a message to an address that a caller named.

use bytes::Bytes;
use futures_util::future::BoxFuture;
use lambda_http::http::HeaderMap;
use url::Url;

use super::NotFetched;

/// The most bytes of an answer that are read.
pub const LONGEST_ANSWER: usize = 64 * 1024;

/// The answer to a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posted {
    /// Its status. A redirect is not followed.
    pub status: u16,
    /// Its body; empty if it was longer than [`LONGEST_ANSWER`].
    pub body: Bytes,
}

/// What sends messages to the public internet, and nowhere else.
pub trait PostMessage: Send + Sync {
    /// Posts a body with these headers, once. The caller limits the time.
    ///
    /// # Errors
    ///
    /// [`NotFetched::Refused`] for an address that is not https or not on the public internet, and
    /// [`NotFetched::Unreachable`] when its server did not answer.
    fn post<'a>(&'a self, url: &'a Url, headers: HeaderMap, body: Bytes) -> BoxFuture<'a, Result<Posted, NotFetched>>;
}
