//! A mail of the outbox, as operators see it.

use serde::Serialize;

use crate::domain::delivery::WorkId;
use crate::domain::mail::message::OutgoingMail;
use crate::domain::mail::state::MailState;
use crate::domain::types::timestamp::Timestamp;

/// What operators see of a mail: nothing of which its link is made, and not what it says.
#[derive(Serialize)]
pub struct MailRecord {
    id: WorkId,
    to: String,
    message: &'static str,
    state: MailState,
    tries: u32,
    created_at: String,
    due_at: Option<String>,
    gives_up_at: String,
    failure: Option<String>,
}

impl MailRecord {
    /// A mail in this state.
    pub fn new(mail: &OutgoingMail, state: MailState) -> Self {
        let is_waiting = state == MailState::Waiting;
        Self {
            id: mail.id,
            to: mail.task.to.as_str().to_owned(),
            message: mail.task.message.kind(),
            state,
            tries: mail.tries,
            created_at: mail.created_at.to_rfc3339(),
            due_at: Some(mail.due_at).filter(|_| is_waiting).map(Timestamp::to_rfc3339),
            gives_up_at: mail.gives_up_at.to_rfc3339(),
            failure: mail.failure.clone(),
        }
    }
}
