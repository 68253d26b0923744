//! ApprovalKind the provider does not say who somebody is.

use std::fmt;

use crate::fault::{Chain, Fault};

use super::http::NoAnswer;

/// ApprovalKind the provider does not say who somebody is. The texts are for the log and hold no token.
#[derive(Debug)]
pub enum UpstreamError {
    /// It does not answer, as it might in a moment.
    Unreachable(String),
    /// It does not know the code.
    Refused(String),
    /// It says what we may not believe, or cannot read.
    Unusable(String),
    /// It asked for no proof, or too long ago.
    NotRecent,
    /// We failed.
    Fault(Fault),
}

impl UpstreamError {
    /// What we cannot read or may not believe, and why.
    pub fn unusable(what: &str, why: &(dyn std::error::Error + 'static)) -> Self {
        Self::Unusable(format!("{what}: {}", Chain(why)))
    }
}

impl From<Fault> for UpstreamError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<NoAnswer> for UpstreamError {
    fn from(no_answer: NoAnswer) -> Self {
        match no_answer {
            NoAnswer::Refused(reason) => Self::Unusable(reason.to_owned()),
            NoAnswer::Unreachable(reason) => Self::Unreachable(reason),
        }
    }
}

impl fmt::Display for UpstreamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(reason) => write!(f, "the upstream provider does not answer: {reason}"),
            Self::Refused(reason) => write!(f, "the upstream provider refuses the code: {reason}"),
            Self::Unusable(reason) => write!(f, "the upstream provider's answer cannot be used: {reason}"),
            Self::NotRecent => f.write_str("the upstream provider did not ask for proof when it should have"),
            Self::Fault(fault) => fault.fmt(f),
        }
    }
}

impl std::error::Error for UpstreamError {}
