//! “This was not me”: a user, told by mail what was added to their account, ends it and everything else.

use async_recursion::async_recursion as boxed;

use crate::app::App;
use crate::domain::audit::{AuditAction, AuditEvent};
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::User;
use crate::domain::user::binding::UserBinding;
use crate::fault::Fault;
use crate::http::Request;
use crate::store::{Load, NotMe};

/// Returns what a link is about, and its user, if the user can still say that it was not them: one read.
///
/// # Errors
///
/// [`Fault`] when the table cannot be read, or there is no MAC key.
#[boxed]
pub async fn find(app: &App, text: &str, now: Timestamp) -> Result<Option<(UserBinding, User)>, Fault> {
    let Some(binding) = UserBinding::parse(text, &*app.keys.mac().await?) else { return Ok(None) };
    let user = app.load(Load { user: Some(binding.user_id), ..Load::default() }).await?.user;
    Ok(user.filter(|user| binding.is_open(user, now)).map(|user| (binding, user)))
}

/// Ends everything that was set up in the user's name, and records it; returns whether it did. The user chooses a new
/// password by mail then.
///
/// # Errors
///
/// [`Fault`] when the tables cannot be read or written.
#[boxed]
pub async fn end(
    app: &App,
    request: &Request,
    binding: &UserBinding,
    user: &User,
    now: Timestamp,
) -> Result<bool, Fault> {
    let bound = match binding.what.app() {
        Some(id) => app.stores.apps.find(user.account_id, id).await?.filter(|app| app.revoked_at.is_none()),
        None => None,
    };
    let event = AuditEvent::new(AuditAction::BindingDisowned, request.origin(), now).of_user(user);
    let event = match binding.what.app() {
        Some(id) => event.about(id),
        None => event,
    };
    Ok(app.stores.not_me(user, binding.what, bound.as_ref(), &event).await? == NotMe::Done)
}
