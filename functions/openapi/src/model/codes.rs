//! The error codes and their meaning.

use shared::domain::oauth::error::OAuthCode;
use shared::http::error::api::ApiCode;

/// An error code with its status, in any dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Code {
    /// The status.
    pub status: u16,
    /// The code on the wire.
    pub text: &'static str,
}

impl From<ApiCode> for Code {
    fn from(code: ApiCode) -> Self {
        Self { status: code.status().as_u16(), text: code.as_str() }
    }
}

impl From<OAuthCode> for Code {
    fn from(code: OAuthCode) -> Self {
        Self { status: code.status().as_u16(), text: code.as_str() }
    }
}

/// The meaning of an error status, whatever the code.
pub fn meaning(status: u16) -> &'static str {
    match status {
        400 => "The request is malformed, or something in it is missing or wrong.",
        401 => "The credentials are missing or invalid.",
        403 => "The caller is authenticated but not allowed to do this.",
        404 => "The resource does not exist or belongs to another account.",
        409 => "The request conflicts with the current state.",
        412 => "The resource was changed since the caller read it.",
        413 => "The body has more than 64 KiB.",
        415 => "The media type of the body is not supported.",
        422 => "The request differs from an earlier request with the same key.",
        429 => "Too many requests or attempts.",
        503 => "A service that the server depends on is unavailable; try again in a moment.",
        _ => "An unexpected error; it is recorded in the server's log.",
    }
}
