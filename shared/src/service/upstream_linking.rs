//! Linking an identity at the provider with a user.

use async_recursion::async_recursion as boxed;

use crate::app::App;
use crate::domain::audit::{AuditAction, AuditEvent};
use crate::domain::types::origin::Origin;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::upstream::identity::{UpstreamIdentity, UpstreamLink};
use crate::domain::user::User;
use crate::domain::user::binding::Binding;
use crate::fault::Fault;
use crate::service::notice;
use crate::store::Linked;

/// The most links of a user.
const MOST: usize = 10;

/// Links an identity with a user who just authenticated, and records it; returns whether the identity belongs to them
/// from now on. It does not if another user has it, or if the user has too many links.
///
/// # Errors
///
/// [`Fault`] when the tables cannot be read or written.
#[boxed]
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
    let notice = notice::of_link(app, user, Binding::Provider, identity, &origin, now);
    let event = AuditEvent::new(AuditAction::UpstreamLinked, origin, now).of_user(user).about(&identity.issuer);
    match app.stores.link_upstream(user, &link, notice.as_ref(), &event, now).await? {
        Linked::Done => Ok(true),
        // Linked by another tab, perhaps.
        Linked::Taken => Ok(app.stores.users.find_by_upstream(identity).await? == Some(user.id)),
        Linked::Raced => Err(Fault::unavailable("the user changed while an identity was linked")),
    }
}
