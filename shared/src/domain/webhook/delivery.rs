//! What a webhook is sent.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::WebhookId;
use crate::domain::client::id::AppId;
use crate::domain::delivery::{Work, WorkId};
use crate::domain::event::{PlacedEvent, Sequence};
use crate::domain::types::id::uuid_id;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::UserId;
use crate::domain::user::account::AccountId;

/// How long a delivery is attempted: as long as a webhook may fail.
const LIFETIME: Duration = Duration::from_secs(5 * 86_400);
/// How long a test is attempted.
const OF_TEST: Duration = Duration::from_secs(60);

uuid_id! {
    /// Identifies a message, in the header `webhook-id`: the id of the event or of the test.
    MessageId
}

/// One event for one webhook. The event itself is read when it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The webhook.
    pub webhook_id: WebhookId,
    /// Its app.
    pub app_id: AppId,
    /// What it is sent.
    pub message: Message,
    /// The id of the message, if the app's maker has it sent again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resends: Option<MessageId>,
}

/// What a webhook is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Message {
    /// An event of an account that installed the app.
    Event {
        /// Its account.
        account_id: AccountId,
        /// The user who consented to the app.
        user_id: UserId,
        /// Its number in the account.
        sequence: Sequence,
    },
    /// A test that the app's maker asked for.
    Test {
        /// The account of the app.
        account_id: AccountId,
    },
}

impl Delivery {
    /// The delivery of an event to a webhook. The same event and webhook make the same work at the same place, so that a
    /// stream's record that comes twice adds nothing while the first waits for its first attempt.
    pub fn of_event(app_id: AppId, webhook_id: WebhookId, placed: &PlacedEvent, now: Timestamp) -> Work<Self> {
        let event = &placed.event;
        let message =
            Message::Event { account_id: event.account_id, user_id: event.user_id, sequence: placed.sequence };
        // Both ids end in random bytes.
        let from: Vec<u8> =
            event.id.as_bytes().iter().zip(webhook_id.as_bytes()).map(|(one, other)| one ^ other).rev().collect();
        let id = WorkId::derived(event.created_at, &from);
        let due_at = event.created_at;
        let task = Self { webhook_id, app_id, message, resends: None };
        Work { id, due_at, ..Work::new(task, LIFETIME, now) }
    }

    /// The delivery of a test to a webhook.
    pub fn of_test(app_id: AppId, webhook_id: WebhookId, account_id: AccountId, now: Timestamp) -> Work<Self> {
        Work::new(Self { webhook_id, app_id, message: Message::Test { account_id }, resends: None }, OF_TEST, now)
    }

    /// The delivery of a message that was attempted before, due now. Its id is new: the first delivery may still wait, or may have
    /// been given up, and is another piece of work.
    pub fn of_resent(
        app_id: AppId,
        webhook_id: WebhookId,
        id: MessageId,
        message: Message,
        now: Timestamp,
    ) -> Work<Self> {
        let lifetime = match message {
            Message::Event { .. } => LIFETIME,
            Message::Test { .. } => OF_TEST,
        };
        Work::new(Self { webhook_id, app_id, message, resends: Some(id) }, lifetime, now)
    }
}
