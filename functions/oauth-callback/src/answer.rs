//! The provider's authorization response (RFC 6749 §4.1.2, RFC 9207 §2).

use shared::domain::upstream::attempt::State;
use shared::http::Request;
use shared::http::error::page::PageError;

use crate::refusal;

/// A response: its attempt, its issuer and its outcome.
pub(crate) struct Answer {
    pub(crate) state: State,
    pub(crate) iss: Option<String>,
    pub(crate) outcome: Outcome,
}

/// The outcome of a response.
pub(crate) enum Outcome {
    /// A user signed in: this code is exchanged for their identity.
    Code(String),
    /// No user signed in; the error code.
    Error(String),
}

impl Answer {
    /// Parses the query. A query without a state of ours, or with neither or both of code and error, is refused.
    pub(crate) fn read(request: &Request) -> Result<Self, PageError> {
        let fields = request.query_fields().map_err(|_| refusal::unknown())?;
        let text = |name| fields.text(name).map_err(|_| refusal::unknown());
        let outcome = match (text("code")?, text("error")?) {
            (Some(code), None) => Outcome::Code(code.to_owned()),
            (None, Some(error)) => Outcome::Error(error.to_owned()),
            _ => return Err(refusal::unknown()),
        };
        let state = text("state")?.and_then(State::parse).ok_or_else(refusal::unknown)?;
        Ok(Self { state, iss: text("iss")?.map(str::to_owned), outcome })
    }
}
