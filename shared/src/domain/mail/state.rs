//! The state of a mail in the outbox.

use serde::Serialize;

/// What becomes of a mail in the outbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MailState {
    /// It is sent when it is due.
    Waiting,
    /// It could not be sent, and is kept for a while.
    GivenUp,
}

impl MailState {
    /// Every state with its name.
    pub const NAMES: [(&str, Self); 2] = [("waiting", Self::Waiting), ("given_up", Self::GivenUp)];

    /// Parses a name.
    ///
    /// # Errors
    ///
    /// The end of a sentence about it.
    pub fn require(name: &str) -> Result<Self, String> {
        let known = Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, state)| *state);
        known.ok_or_else(|| "must be waiting or given_up".to_owned())
    }
}
