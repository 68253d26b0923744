//! One HTTP exchange with AWS, whatever carries it.

use std::fmt;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use lambda_http::http::{Request, Response};

use crate::fault::Cause;

/// Sends requests to AWS and returns the responses, both with their whole bodies.
///
/// Deployed, these are connections; tests wrap them to count requests and inject faults.
pub trait Transport: Send + Sync {
    /// Sends one request, whose URI is absolute, and reads its response, of any status.
    ///
    /// # Errors
    ///
    /// [`NoResponse`] when there is no response; the request may have been handled nevertheless.
    fn exchange(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, NoResponse>>;
}

/// There is no response.
#[derive(Debug)]
pub enum NoResponse {
    /// It did not come in time.
    Late,
    /// The connection failed.
    Broken(Cause),
}

impl NoResponse {
    /// The connection failed.
    pub fn broken(cause: impl Into<Cause>) -> Self {
        Self::Broken(cause.into())
    }
}

impl fmt::Display for NoResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Late => "there was no response in time",
            Self::Broken(_) => "the connection failed",
        })
    }
}

impl std::error::Error for NoResponse {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Late => None,
            Self::Broken(cause) => Some(&**cause),
        }
    }
}
