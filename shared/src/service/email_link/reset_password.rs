//! Resetting a forgotten password: a link is mailed to the user's address, and the user who follows it chooses a new
//! password.

use async_recursion::async_recursion as boxed;

use crate::app::App;
use crate::domain::audit::{AuditAction, AuditEvent};
use crate::domain::email_link::{LinkPurpose, LinkStatus, VerifiedBy};
use crate::domain::mail::link::LinkMail;
use crate::domain::password::Password;
use crate::domain::types::email::EmailAddress;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::User;
use crate::domain::user::binding::Binding;
use crate::fault::Fault;
use crate::http::Request;
use crate::service::attempt::Attempt;
use crate::service::email_link::redeem::{LinkOutcome, LoadedLink};
use crate::service::notice;
use crate::service::session::sign_in;
use crate::service::throttle::{self, Throttled};
use crate::store::{Followed, PasswordReset};

/// Mails a link to the user with this address. The attempt is counted.
///
/// An unknown address costs the same: two reads, one transaction of the same items, and no hash. Its link belongs to no
/// user, and the mail is dropped where it would be sent.
///
/// # Errors
///
/// [`Throttled`] only.
#[boxed]
pub async fn request(app: &App, email: &EmailAddress, request: &Request, now: Timestamp) -> Result<(), Throttled> {
    // Whether there is such a user is not known yet, so a refusal has no account.
    throttle::charge_mail(app, LinkPurpose::ResetPassword, email, &Attempt::new(request.origin(), now)).await?;
    let user = sign_in::find(app, &email.clone().into(), now).await?.filter(User::is_enabled);
    let event = AuditEvent::new(AuditAction::PasswordResetRequested, request.origin(), now);
    let keys = app.keys.mac().await?;
    let (posted, event) = match &user {
        Some(user) => (LinkMail::to_user(LinkPurpose::ResetPassword, user, email, &keys, now)?, event.of_user(user)),
        None => (LinkMail::to_unknown_address(LinkPurpose::ResetPassword, email, &keys, now)?, event.refused()),
    };
    Ok(app.stores.post_link(&posted, None, &event).await?)
}

/// Returns a link and its user if the link is valid.
///
/// # Errors
///
/// [`Fault`] when the tables cannot be read.
#[boxed]
pub async fn find(app: &App, text: &str, now: Timestamp) -> Result<Option<LoadedLink>, Fault> {
    let loaded = LoadedLink::read(app, LinkPurpose::ResetPassword, text).await?;
    Ok(loaded.filter(|loaded| loaded.status(now) == LinkStatus::Valid))
}

/// Redeems a link: sets the password and ends everything that was set up before. The user is not signed in by it.
///
/// A user who had no password, and is signed in where they choose their first one, loses their sessions only.
///
/// # Errors
///
/// [`Fault`] when the password cannot be hashed or the tables cannot be written.
#[boxed]
pub async fn reset(
    app: &App,
    loaded: LoadedLink,
    password: &Password,
    signed_in: Option<&User>,
    request: &Request,
    now: Timestamp,
) -> Result<LinkOutcome, Fault> {
    let user = loaded.user;
    let hash = app.passwords.hash(password).await.map_err(Fault::broken)?;
    let is_first_password = user.password_hash.is_none() && signed_in.is_some_and(|signed_in| signed_in.id == user.id);
    let verified_by = if is_first_password { VerifiedBy::User } else { VerifiedBy::MailAlone };
    let authenticators = match verified_by {
        VerifiedBy::User => user.authenticators,
        VerifiedBy::MailAlone => user.authenticators.next(),
    };
    let after = User { authenticators, ..user.clone() };
    let notice = notice::of_binding(app, &after, Binding::Password, &request.origin(), now);
    let event = AuditEvent::new(AuditAction::PasswordReset, request.origin(), now).of_user(&user);
    let reset = PasswordReset { user: &user, link: &loaded.link, password: &hash, verified_by };
    let outcome = app.stores.reset_password(reset, notice.as_ref(), &event).await?;
    Ok(match outcome {
        Followed::Done => LinkOutcome::Done(Box::new(user)),
        outcome => LinkOutcome::refused(outcome),
    })
}
