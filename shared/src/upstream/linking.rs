//! Linking somebody's identity at the provider with who they are here.

use super::identity::{UpstreamIdentity, UpstreamLink};
use crate::app::App;
use crate::audit::{AuditAction, AuditEvent, Origin};
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::store::Linked;
use crate::user::User;

/// The most links of a person.
const MOST: usize = 10;

/// Links an identity with a person who just proved who they are, and writes it down; says whether it leads to them from now
/// on. It does not when it is somebody else's, or the person has too many.
///
/// # Errors
///
/// [`Fault`] when the tables cannot be read or written.
pub async fn link(
    app: &App,
    user: &User,
    identity: &UpstreamIdentity,
    origin: Origin,
    now: Timestamp,
) -> Result<bool, Fault> {
    if user.upstream.iter().any(|link| link.identity == *identity) {
        return Ok(true);
    }
    if user.upstream.len() >= MOST {
        return Ok(false);
    }
    let link = UpstreamLink { identity: identity.clone(), linked_at: now };
    let event = AuditEvent::new(AuditAction::UpstreamLinked, origin, now).of_user(user).about(&identity.issuer);
    match app.stores.link_upstream(user, &link, &event, now).await? {
        Linked::Done => Ok(true),
        // By another tab, perhaps.
        Linked::Taken => Ok(app.stores.users.find_by_upstream(identity).await? == Some(user.id)),
        Linked::Raced => Err(Fault::unavailable("somebody changed while they were linked")),
    }
}
