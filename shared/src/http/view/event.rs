//! An event, as responses show it.

use serde::Serialize;

use crate::domain::event::{EventData, EventId, PlacedEvent, Sequence};
use crate::domain::user::UserId;

/// An event.
#[derive(Serialize)]
pub struct EventView {
    id: EventId,
    sequence: Sequence,
    #[serde(rename = "type")]
    kind: String,
    data: EventData,
    occurred_at: String,
    created_at: String,
    client_id: Option<String>,
    user_id: UserId,
}

impl From<&PlacedEvent> for EventView {
    fn from(placed: &PlacedEvent) -> Self {
        let event = &placed.event;
        Self {
            id: event.id,
            sequence: placed.sequence,
            kind: event.kind.as_str().to_owned(),
            data: event.data.clone(),
            occurred_at: event.occurred_at.to_rfc3339(),
            created_at: event.created_at.to_rfc3339(),
            client_id: event.client_id.as_ref().map(ToString::to_string),
            user_id: event.user_id,
        }
    }
}
