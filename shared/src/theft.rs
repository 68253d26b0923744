//! When something that works once is used again: somebody else holds it, and nobody can tell who is the thief.

use crate::app::App;
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::session::SessionId;
use crate::user::UserId;

/// Ends the session that a stolen code or refresh token belongs to, and logs the theft of `what`.
///
/// # Errors
///
/// [`Fault`] when the table cannot be written; then the next use is noticed again.
pub async fn end_session(
    app: &App,
    user_id: UserId,
    session_id: SessionId,
    what: &'static str,
    now: Timestamp,
) -> Result<(), Fault> {
    tracing::warn!(%session_id, %user_id, what, "used again: the session ends");
    app.stores.sessions.revoke(user_id, session_id, now).await
}
