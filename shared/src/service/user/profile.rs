//! A user's profile: their name and their language.

use async_recursion::async_recursion as boxed;

use crate::app::App;
use crate::domain::audit::{AuditAction, AuditEvent};
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::User;
use crate::domain::user::profile::ProfileChange;
use crate::fault::Fault;
use crate::http::Request;

/// Changes a user's profile and returns the changed user; `None` if they were deleted at the same moment.
///
/// # Errors
///
/// [`Fault`] when the tables cannot be written.
#[boxed]
pub async fn update(
    app: &App,
    user: User,
    change: ProfileChange,
    request: &Request,
    now: Timestamp,
) -> Result<Option<User>, Fault> {
    let event = AuditEvent::new(AuditAction::UserUpdated, request.origin(), now).of_user(&user);
    let is_done = app.stores.update_profile(user.id, &change, &event, now).await?;
    let changed = User { name: change.name.unwrap_or(user.name), locale: change.locale.or(user.locale), ..user };
    Ok(is_done.then_some(changed))
}
