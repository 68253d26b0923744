//! One attempt to send something to a webhook, as its maker sees it.

use serde::{Deserialize, Serialize};

use super::delivery::{Message, MessageId};
use crate::domain::types::id::uuid_id;
use crate::domain::types::timestamp::Timestamp;

uuid_id! {
    /// Identifies an attempt; later ones sort later.
    AttemptId
}

/// An attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Its id.
    pub id: AttemptId,
    /// What was sent: the `webhook-id`.
    pub message_id: MessageId,
    /// The type of the event.
    #[serde(rename = "type")]
    pub kind: String,
    /// When it was sent.
    pub at: Timestamp,
    /// How long it took, in milliseconds.
    pub milliseconds: u32,
    /// What came of it.
    pub outcome: Outcome,
    /// What was sent, so that it can be sent again; earlier versions did not store it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Message>,
    /// Whether the app's maker had it sent again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_resent: bool,
}

impl Attempt {
    /// How many are shown where no number is asked for.
    pub const PAGE: u64 = 20;
}

impl AttemptId {
    /// The id that sorts before those of all attempts from this time on.
    pub fn first_at(time: Timestamp) -> Self {
        Self::derived(time, &[])
    }
}

/// What came of an attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Outcome {
    /// The receiver answered.
    Answered {
        /// The status.
        status: u16,
        /// The first bytes of the answer, as text.
        body: String,
    },
    /// It did not.
    Unreachable {
        /// Why.
        reason: String,
    },
}

impl Outcome {
    /// The most characters of an answer that are kept.
    pub const LONGEST_BODY: usize = 256;

    /// Whether the receiver took the event.
    pub const fn is_taken(&self) -> bool {
        matches!(self, Self::Answered { status: 200..=299, .. })
    }
}
