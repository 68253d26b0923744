//! Exchanging a refresh token for its successor.

use async_recursion::async_recursion as boxed;

use crate::app::App;
use crate::domain::audit::{AuditAction, AuditEvent};
use crate::domain::session::Session;
use crate::domain::session::refresh::Refresh;
use crate::domain::session::refresh_token::RefreshToken;
use crate::domain::types::origin::Origin;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::User;
use crate::fault::Fault;
use crate::service::session::reuse;
use crate::store::Rotated;

/// Decides about a refresh token and acts on it: one conditional write. If another request came first, it decides again
/// about the newer state. Returns whether the successor is valid.
///
/// # Errors
///
/// [`Fault`] when the table cannot be written. A theft that was detected is detected again when the caller retries.
#[boxed]
pub async fn exchange(
    app: &App,
    session: &Session,
    user: &User,
    token: &RefreshToken,
    origin: Origin,
    now: Timestamp,
) -> Result<bool, Fault> {
    let lifetimes = app.config.refresh;
    let mut session = session.clone();
    loop {
        match session.decide(token, user, now, lifetimes.grace) {
            Refresh::Rotate => match app.stores.sessions.rotate(&session, token, lifetimes.idle, now).await? {
                Rotated::Done => return Ok(true),
                Rotated::Raced(newer) => session = *newer,
                Rotated::Gone => return Ok(false),
            },
            Refresh::Repeat => return Ok(true),
            Refresh::Theft => {
                let event = AuditEvent::new(AuditAction::RefreshTokenReplayed, origin, now).refused();
                let client = session.kind.grant().map(|grant| &grant.client_id);
                let event = event.of_session(&session).by_client(client);
                reuse::end_session(app, user.id, session.id, "a refresh token", &event, now).await?;
                return Ok(false);
            }
            Refresh::Refuse => return Ok(false),
        }
    }
}
