//! Resetting a forgotten password: a link is mailed to the user's address, and the user who follows it chooses a new
//! password.

use crate::app::App;
use crate::domain::audit::{AuditAction, AuditEvent};
use crate::domain::email_link::{LinkPurpose, LinkStatus};
use crate::domain::mail::link::LinkMail;
use crate::domain::mail::message::MailMessage;
use crate::domain::password::Password;
use crate::domain::types::email::EmailAddress;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::User;
use crate::fault::Fault;
use crate::http::Request;
use crate::service::email_link::redeem::{LinkOutcome, LoadedLink};
use crate::service::notice;
use crate::service::session::sign_in;
use crate::service::throttle::{self, Throttled};
use crate::store::Followed;

/// Mails a link to the user with this address; earlier links become void. The attempt is counted.
///
/// An unknown address costs the same: two reads, one transaction of the same items, and no hash. Its link belongs to no
/// user, and the mail is dropped where it would be sent.
///
/// # Errors
///
/// [`Throttled`] only.
pub async fn request(app: &App, email: &EmailAddress, request: &Request, now: Timestamp) -> Result<(), Throttled> {
    throttle::charge_mail(app, LinkPurpose::ResetPassword, email, request.source(), now).await?;
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
pub async fn find(app: &App, text: &str, now: Timestamp) -> Result<Option<LoadedLink>, Fault> {
    let loaded = LoadedLink::read(app, LinkPurpose::ResetPassword, text).await?;
    Ok(loaded.filter(|loaded| loaded.status(now) == LinkStatus::Valid))
}

/// Redeems a link: sets the password and revokes every session. The user is not signed in by it.
///
/// # Errors
///
/// [`Fault`] when the password cannot be hashed or the tables cannot be written.
pub async fn reset(
    app: &App,
    loaded: LoadedLink,
    password: &Password,
    request: &Request,
    now: Timestamp,
) -> Result<LinkOutcome, Fault> {
    let user = loaded.user;
    let hash = app.passwords.hash(password).await.map_err(Fault::broken)?;
    let notice = notice::to_user(app, &user, MailMessage::PasswordChanged, now);
    let event = AuditEvent::new(AuditAction::PasswordReset, request.origin(), now).of_user(&user);
    let outcome = app.stores.reset_password(&user, &loaded.link, &hash, notice.as_ref(), &event).await?;
    Ok(match outcome {
        Followed::Done => LinkOutcome::Done(Box::new(user)),
        outcome => LinkOutcome::refused(outcome),
    })
}
