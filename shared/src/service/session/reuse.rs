//! When something that works once is used again: somebody else holds it, and nobody can tell who is the thief.

use crate::app::App;
use crate::domain::audit::AuditEvent;
use crate::domain::session::id::SessionId;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::UserId;
use crate::fault::Fault;

/// Ends the session that a stolen code or refresh token belongs to, logs the theft of `what`, and writes the event down,
/// with one transaction.
///
/// # Errors
///
/// [`Fault`] when the tables cannot be written; then the next use is noticed again.
pub async fn end_session(
    app: &App,
    user_id: UserId,
    session_id: SessionId,
    what: &'static str,
    event: &AuditEvent,
    now: Timestamp,
) -> Result<(), Fault> {
    tracing::warn!(%session_id, %user_id, what, "used again: the session ends");
    app.stores.end_session_with_id(user_id, session_id, event, now).await
}
