//! The codes of refusals, and what they mean.

use shared::domain::oauth::error::OAuthCode;
use shared::http::error::api::ApiCode;

/// A code with the status that goes with it, in whichever dialect.
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

/// What a status of a refusal says, whatever the code.
pub fn meaning(status: u16) -> &'static str {
    match status {
        400 => "The request is malformed, or something in it is missing or wrong.",
        401 => "Nobody proved to be who the endpoint is for.",
        403 => "Whoever asks is known, and may not do this.",
        404 => "It is not there, or belongs to somebody else.",
        409 => "It does not go together with what is there already.",
        412 => "It is no longer what the caller read.",
        413 => "The body has more than 64 KiB.",
        415 => "The body is of another type.",
        422 => "It says something else than an earlier request that it claims to repeat.",
        429 => "There were too many attempts.",
        503 => "Something that we depend on is unavailable; the same request may succeed in a moment.",
        _ => "Something failed that should not; it is in our log.",
    }
}
