//! Reuse of a single-use code or token: another party has it too, and it is unknown which of the two stole it.

use async_recursion::async_recursion as boxed;

use crate::app::App;
use crate::domain::audit::AuditEvent;
use crate::domain::session::id::SessionId;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::UserId;
use crate::fault::Fault;

/// Revokes the session that a stolen code or refresh token belongs to, logs the theft of `what`, and records the event,
/// with one transaction.
///
/// # Errors
///
/// [`Fault`] when the tables cannot be written; then the next use is detected again.
#[boxed]
pub async fn end_session(
    app: &App,
    user_id: UserId,
    session_id: SessionId,
    what: &'static str,
    event: &AuditEvent,
    now: Timestamp,
) -> Result<(), Fault> {
    tracing::warn!(%session_id, %user_id, what, "used again: the session is revoked");
    app.stores.end_session_with_id(user_id, session_id, event, now).await
}
