//! What the provider answers (RFC 6749 §4.1.2, RFC 9207 §2).

use shared::domain::upstream::attempt::State;
use shared::http::Request;
use shared::http::error::page::PageError;

use crate::refusal;

/// An answer: to which attempt, by whom, and what.
pub(crate) struct Answer {
    pub(crate) state: State,
    pub(crate) iss: Option<String>,
    pub(crate) outcome: Outcome,
}

/// What it says.
pub(crate) enum Outcome {
    /// Somebody signed in: this is exchanged for who it is.
    Code(String),
    /// Nobody did, and why, for programs.
    Error(String),
}

impl Answer {
    /// Reads the query. One without a state of ours, or with neither or both of code and error, answers nothing.
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
