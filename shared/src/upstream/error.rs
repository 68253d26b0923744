//! Errors of a sign-in with the upstream provider.

use std::fmt;

use crate::fault::Fault;
use crate::fetch::NotFetched;

/// The reason why a sign-in with the upstream provider failed. The messages are for the log and contain no token.
#[derive(Debug)]
pub enum UpstreamError {
    /// It does not respond; a retry may succeed.
    Unreachable(String),
    /// It refuses the code.
    Refused(String),
    /// Its response is invalid or cannot be parsed.
    Unusable(String),
    /// It did not authenticate the user recently enough.
    NotRecent,
    /// A failure on this server's side.
    Fault(Fault),
}

impl UpstreamError {
    /// An invalid part of a response, and the reason, which names the member.
    pub fn unusable(what: &str, why: impl fmt::Display) -> Self {
        Self::Unusable(format!("{what}: {why}"))
    }
}

impl From<Fault> for UpstreamError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<NotFetched> for UpstreamError {
    fn from(not_fetched: NotFetched) -> Self {
        match not_fetched {
            NotFetched::Refused(reason) => Self::Unusable(reason.to_owned()),
            NotFetched::Unreachable(reason) => Self::Unreachable(reason),
        }
    }
}

impl fmt::Display for UpstreamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(reason) => write!(f, "the upstream provider does not respond: {reason}"),
            Self::Refused(reason) => write!(f, "the upstream provider refuses the code: {reason}"),
            Self::Unusable(reason) => write!(f, "the upstream provider's response is invalid: {reason}"),
            Self::NotRecent => f.write_str("the upstream provider did not authenticate the user recently enough"),
            Self::Fault(fault) => fault.fmt(f),
        }
    }
}

impl std::error::Error for UpstreamError {}
