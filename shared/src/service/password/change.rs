//! Changing a password, and confirming it before an action that cannot be undone.

use std::future::ready;

use async_recursion::async_recursion as boxed;

use crate::app::App;
use crate::domain::audit::{AuditAction, AuditEvent};
use crate::domain::input::fields::Mistakes;
use crate::domain::password::{Password, Verified};
use crate::domain::session::Session;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::User;
use crate::domain::user::binding::Binding;
use crate::fault::Fault;
use crate::http::Request;
use crate::http::error::api::ApiError;
use crate::service::attempt::Attempt;
use crate::service::counted_sign_in;
use crate::service::notice;
use crate::service::throttle::{self, Throttled};
use crate::store::PasswordChanged;

/// Returns whether this is the user's password; `false` if they have none. The attempt is counted like a sign-in; a
/// wrong password is recorded as a refusal of `action`.
///
/// # Errors
///
/// [`Throttled`] only.
#[boxed]
pub async fn confirm(
    app: &App,
    user: &User,
    password: &Password,
    action: AuditAction,
    request: &Request,
    now: Timestamp,
) -> Result<bool, Throttled> {
    let Some(hash) = &user.password_hash else { return Ok(false) };
    // A user without a name to sign in with has no sign-ins to be counted with.
    let id = user.id.to_string();
    let name = user.sign_in_names().next().unwrap_or(&id);
    let known = ready(Ok(Some(user.clone())));
    let (counted, _) = counted_sign_in::count(app, name, request, now, known).await?;
    let verified = app.passwords.verify(password, Some(hash)).await.map_err(Fault::broken)?;
    if verified == Verified::Wrong {
        let refusal = AuditEvent::new(action, request.origin(), now).of_user(user).refused();
        app.stores.audit.record(&refusal).await?;
        return Ok(false);
    }
    counted.succeed(app, user, None, now).await?;
    Ok(true)
}

/// The mistake for a password that is not the user's.
pub fn mistake(field: &'static str) -> Mistakes {
    Mistakes::from([(field, "is not your password".to_owned())])
}

/// The same for the JSON API. It is no 401, because the access token is valid.
pub fn wrong(field: &'static str) -> ApiError {
    ApiError::invalid_input(mistake(field))
}

/// Sets a new password for a user who confirmed their identity, and revokes every session but this one. It is
/// counted, because a notice tells the user of it.
///
/// # Errors
///
/// [`Throttled`] only.
#[boxed]
pub async fn change(
    app: &App,
    user: &User,
    session: &Session,
    password: &Password,
    request: &Request,
    now: Timestamp,
) -> Result<PasswordChanged, Throttled> {
    throttle::charge_notice(app, user, Attempt::new(request.origin(), now)).await?;
    let hash = app.passwords.hash(password).await.map_err(Fault::broken)?;
    let notice = notice::of_binding(app, user, Binding::Password, &request.origin(), now);
    let event = AuditEvent::new(AuditAction::PasswordChanged, request.origin(), now).of_user(user);
    Ok(app.stores.change_password(user, session, &hash, notice.as_ref(), &event).await?)
}
