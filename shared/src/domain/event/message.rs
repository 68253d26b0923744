//! An event as receivers outside of this server get it.

use serde::Serialize;

use super::{EventData, EventId, PlacedEvent, Sequence};
use crate::domain::client::id::ClientId;
use crate::domain::user::UserId;
use crate::domain::user::account::AccountId;

/// An event with everything that a receiver needs: it has to ask for nothing.
#[derive(Serialize)]
pub struct EventMessage<'e> {
    id: EventId,
    #[serde(rename = "type")]
    kind: &'e str,
    #[serde(rename = "orgId")]
    org_id: AccountId,
    account_id: AccountId,
    sequence: Sequence,
    occurred_at: String,
    created_at: String,
    client_id: Option<&'e ClientId>,
    user_id: UserId,
    data: &'e EventData,
}

impl<'e> From<&'e PlacedEvent> for EventMessage<'e> {
    fn from(placed: &'e PlacedEvent) -> Self {
        let event = &placed.event;
        Self {
            id: event.id,
            kind: event.kind.as_str(),
            org_id: event.account_id,
            account_id: event.account_id,
            sequence: placed.sequence,
            occurred_at: event.occurred_at.to_rfc3339(),
            created_at: event.created_at.to_rfc3339(),
            client_id: event.client_id.as_ref(),
            user_id: event.user_id,
            data: &event.data,
        }
    }
}
