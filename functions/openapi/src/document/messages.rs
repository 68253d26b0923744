//! What is sent to the webhooks of apps.

use super::events::kind;
use crate::model::{Message, Schema, any_object, constant, field, integer, object, string, time, uuid};

/// Every message; a type of its own is a line.
pub(super) fn messages() -> Vec<Message> {
    vec![
        Message::new("event", "An event that an integration posted", event(kind(), any_object())),
        Message::new(
            "webhook.test",
            "A test, for which the app's maker asked",
            message(constant("webhook.test"), object([])),
        ),
    ]
}

/// An event of an account, of this type and with this data.
fn event(kind: Schema, data: Schema) -> Schema {
    message(kind, data).and([
        field("sequence", integer().with("minimum", 1)).about("The event's number in the account"),
        field("created_at", time()),
        field("client_id", string().or_null()).about("The app that posted the event"),
        field("user_id", uuid()).about("The user who posted the event, or for whom the app posted it"),
    ])
}

/// A message of this type and with this data.
fn message(kind: Schema, data: Schema) -> Schema {
    object([
        field("id", uuid()).about("The message, as in the header webhook-id"),
        field("type", kind),
        field("orgId", uuid()).about("The account, as in account_id"),
        field("account_id", uuid()),
        field("occurred_at", time()),
        field("data", data),
    ])
}
