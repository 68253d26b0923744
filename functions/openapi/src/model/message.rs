//! A message that this server sends to the webhooks of apps.

use super::schema::{Field, Schema, field, string};

/// A message: a request that this server makes.
#[derive(Clone, Debug)]
pub struct Message {
    /// Its type, or `event` for all types of integrations.
    pub(crate) name: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) schema: Schema,
}

impl Message {
    /// What the receiver's answers mean.
    pub(crate) const ANSWERS: [(&'static str, &'static str); 3] = [
        ("2XX", "The receiver took the message."),
        ("410", "The receiver is gone: the webhook is disabled, and its maker is told."),
        ("default", "The message is sent again later, for five days."),
    ];

    /// A message with this body.
    pub const fn new(name: &'static str, summary: &'static str, schema: Schema) -> Self {
        Self { name, summary, schema }
    }

    /// The headers by which a receiver verifies a message.
    pub(crate) fn headers() -> [Field; 3] {
        [
            field("webhook-id", string()).about("The id of the message, the same in each attempt"),
            field("webhook-timestamp", string().with("pattern", "^[0-9]+$"))
                .about("The time of the attempt, in seconds since 1970"),
            field("webhook-signature", string())
                .about("One signature or more, with spaces between them, as Standard Webhooks says"),
        ]
    }
}
