//! Pages for a sign-in that the provider does not confirm: in our own words, never its own.

use std::time::Duration;

use lambda_http::http::StatusCode;

use crate::domain::upstream::provider::Provider;
use crate::http::error::page::PageError;
use crate::upstream::error::UpstreamError;

/// When to try again with a provider that does not answer.
const WAIT: Duration = Duration::from_secs(5);

impl UpstreamError {
    /// The page about it, which leads back to where the user can try again.
    pub fn into_page(self, provider: &Provider, way_back: String) -> PageError {
        let name = &provider.name;
        let cause = self.to_string();
        let (status, code, title, message) = match self {
            Self::Fault(fault) => return PageError::from(fault).leading_to("Try again", way_back),
            Self::Unreachable(_) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "upstream_unavailable",
                "Please try again in a moment",
                format!(
                    "{name} does not answer at the moment, so you are not signed in. Wait a few seconds, then try again."
                ),
            ),
            Self::Refused(_) => (
                StatusCode::BAD_REQUEST,
                "upstream_refused",
                "You are not signed in",
                format!(
                    "{name} did not confirm who you are. That happens when you were away for long, or went back and forth."
                ),
            ),
            Self::Unusable(_) => (
                StatusCode::BAD_GATEWAY,
                "upstream_unusable",
                "You are not signed in",
                format!(
                    "{name} sent a response that we cannot accept. If it happens again, contact the operator of this service."
                ),
            ),
            Self::NotRecent => (
                StatusCode::FORBIDDEN,
                "upstream_not_recent",
                "Please prove who you are once more",
                format!(
                    "The app wants to be sure that it is you, and {name} did not ask you. Sign out there, then try again."
                ),
            ),
        };
        let error = PageError::new(status, code, title, message).because(cause).leading_to("Try again", way_back);
        if status == StatusCode::SERVICE_UNAVAILABLE { error.retrying_after(WAIT) } else { error }
    }
}
