//! An event of the audit trail, as the JSON API shows it.

use serde::Serialize;

use crate::domain::audit::{AuditEvent, AuditEventId, Outcome, RecordedAction};
use crate::domain::user::UserId;

/// An event.
#[derive(Serialize)]
pub struct AuditEventView {
    id: AuditEventId,
    at: String,
    action: RecordedAction,
    outcome: Outcome,
    user_id: Option<UserId>,
    client_id: Option<String>,
    subject: Option<String>,
    address: String,
    user_agent: String,
    request_id: String,
}

impl From<&AuditEvent> for AuditEventView {
    fn from(event: &AuditEvent) -> Self {
        Self {
            id: event.id,
            at: event.at.to_rfc3339(),
            action: event.action.clone(),
            outcome: event.outcome,
            user_id: event.user_id,
            client_id: event.client_id.as_ref().map(ToString::to_string),
            subject: event.subject.clone(),
            address: event.origin.address.clone(),
            user_agent: event.origin.user_agent.clone(),
            request_id: event.origin.request_id.clone(),
        }
    }
}
