//! An event as EventBridge takes it.

use serde::Serialize;
use shared::domain::event::PlacedEvent;
use shared::domain::event::message::EventMessage;

/// The `source` of every event: rules on the bus select by it.
pub const SOURCE: &str = "driftwood";
/// What EventBridge counts for the time of an entry, in bytes.
const TIME: usize = 14;

/// One entry of `PutEvents`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Entry {
    /// The bus.
    pub event_bus_name: String,
    /// Always `driftwood`.
    pub source: &'static str,
    /// The type of the event, such as `order.placed`.
    pub detail_type: String,
    /// The event, as JSON.
    pub detail: String,
    /// When it occurred, in seconds since the Unix epoch.
    pub time: i64,
}

impl Entry {
    pub(crate) fn new(bus: &str, placed: &PlacedEvent) -> Self {
        Self {
            event_bus_name: bus.to_owned(),
            source: SOURCE,
            detail_type: placed.event.kind.as_str().to_owned(),
            // Strings and maps of JSON values can always be serialized; EventBridge would refuse an empty detail.
            detail: serde_json::to_string(&EventMessage::from(placed)).unwrap_or_default(),
            time: placed.event.occurred_at.as_seconds(),
        }
    }

    /// Its size as EventBridge counts it, in bytes.
    pub(crate) fn size(&self) -> usize {
        self.source.len() + self.detail_type.len() + self.detail.len() + TIME
    }
}
