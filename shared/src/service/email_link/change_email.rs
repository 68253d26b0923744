//! Changing an e-mail address: a link is mailed to the new address, which becomes the user's when they follow it. The
//! old address gets a notice both times.

use async_recursion::async_recursion as boxed;

use crate::app::App;
use crate::domain::audit::{AuditAction, AuditEvent};
use crate::domain::email_link::{LinkPurpose, LinkStatus};
use crate::domain::mail::link::LinkMail;
use crate::domain::mail::message::MailMessage;
use crate::domain::types::email::EmailAddress;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::User;
use crate::domain::user::binding::{Binding, UserBinding};
use crate::fault::Fault;
use crate::http::Request;
use crate::service::attempt::Attempt;
use crate::service::email_link::redeem::{LinkOutcome, LoadedLink};
use crate::service::notice;
use crate::service::throttle::{self, Throttled};
use crate::store::Followed;

/// Reads a user's new address, which must differ from their current one.
///
/// # Errors
///
/// The message to show when it is not valid.
pub fn parse(user: &User, text: &str) -> Result<EmailAddress, String> {
    let email = EmailAddress::parse(text)?;
    if user.email.as_ref() == Some(&email) { Err("is the one that you have".to_owned()) } else { Ok(email) }
}

/// Mails a link to the new address and a notice to the old one. The attempt is counted.
///
/// The response does not reveal whether another user has the address: only the user who receives its mail learns that,
/// by following the link.
///
/// # Errors
///
/// [`Throttled`] only.
#[boxed]
pub async fn request(
    app: &App,
    user: &User,
    new_email: &EmailAddress,
    request: &Request,
    now: Timestamp,
) -> Result<(), Throttled> {
    let attempt = Attempt::new(request.origin(), now).of_user(user);
    throttle::charge_notice(app, user, attempt.clone()).await?;
    throttle::charge_mail(app, LinkPurpose::ChangeEmail, new_email, &attempt).await?;
    let posted = LinkMail::to_user(LinkPurpose::ChangeEmail, user, new_email, &*app.keys.mac().await?, now)?;
    let message = MailMessage::EmailChangeAsked { new_email: new_email.clone(), from: Some(request.origin().address) };
    let notice = notice::to_user(app, user, message, now);
    let event = AuditEvent::new(AuditAction::EmailChangeRequested, request.origin(), now).of_user(user);
    Ok(app.stores.post_link(&posted, notice.as_ref(), &event).await?)
}

/// Redeems a valid link for the account's user: they get the address that it was mailed to, as verified.
///
/// The caller has shown that it is that user: the mail alone proves that its reader has the address, and not that they
/// want it for this account.
///
/// # Errors
///
/// [`Fault`] when the tables cannot be written.
#[boxed]
pub async fn confirm(app: &App, request: &Request, loaded: LoadedLink, now: Timestamp) -> Result<LinkOutcome, Fault> {
    let LoadedLink { link, user, .. } = loaded;
    // The notice goes to the address before, which can undo the change if it is the one that is held.
    let held = user.email_to_return_to(now).filter(|former| user.email.as_ref() == Some(&former.address));
    let binding = held.map(|_| UserBinding::new(&user, Binding::Email, now));
    let message =
        MailMessage::EmailChanged { new_email: link.email.clone(), binding, from: Some(request.origin().address) };
    let notice = notice::to_user(app, &user, message, now);
    let event = AuditEvent::new(AuditAction::EmailChanged, request.origin(), now).of_user(&user);
    Ok(match app.stores.change_email(&user, &link, notice.as_ref(), &event).await? {
        Followed::Done => {
            LinkOutcome::Done(Box::new(User { email: Some(link.email), email_verified_at: Some(now), ..user }))
        }
        outcome => LinkOutcome::refused(outcome),
    })
}

/// Returns a link and its user if the link is valid.
///
/// # Errors
///
/// [`Fault`] when the tables cannot be read.
#[boxed]
pub async fn find(app: &App, text: &str, now: Timestamp) -> Result<Option<LoadedLink>, Fault> {
    let loaded = LoadedLink::read(app, LinkPurpose::ChangeEmail, text).await?;
    Ok(loaded.filter(|loaded| loaded.status(now) == LinkStatus::Valid))
}
