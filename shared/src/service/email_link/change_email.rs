//! Changing an e-mail address: the new one is a user's when they have followed the link that was mailed to it, and the old
//! one is told both times.

use crate::app::App;
use crate::domain::audit::{AuditAction, AuditEvent};
use crate::domain::email_link::{LinkPurpose, LinkStanding};
use crate::domain::mail::link::LinkMail;
use crate::domain::mail::message::MailMessage;
use crate::domain::types::email::EmailAddress;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::User;
use crate::fault::Fault;
use crate::http::Request;
use crate::service::email_link::redeem::{LinkOutcome, LoadedLink};
use crate::service::notice;
use crate::service::throttle::{self, Throttled};
use crate::store::Followed;

/// Reads a user's new address: another than the one that they have.
///
/// # Errors
///
/// The sentence to show when it is none.
pub fn parse(user: &User, text: &str) -> Result<EmailAddress, String> {
    let email = EmailAddress::parse(text)?;
    if user.email.as_ref() == Some(&email) { Err("is the one that you have".to_owned()) } else { Ok(email) }
}

/// Mails a link to the new address and a notice to the old one; links before are void. The attempt is counted.
///
/// Nobody learns here whether the address is somebody's: only whoever gets its mail does, by following the link.
///
/// # Errors
///
/// [`Throttled`] only.
pub async fn request(
    app: &App,
    user: &User,
    new_email: &EmailAddress,
    request: &Request,
    now: Timestamp,
) -> Result<(), Throttled> {
    throttle::charge_mail(app, new_email, request.source(), now).await?;
    let posted = LinkMail::to_user(LinkPurpose::ChangeEmail, user, new_email, &*app.keys.mac().await?, now)?;
    let message = MailMessage::EmailChangeAsked { new_email: new_email.clone() };
    let notice = notice::to_user(app, user, message, now);
    let event = AuditEvent::new(AuditAction::EmailChangeRequested, request.origin(), now).of_user(user);
    Ok(app.stores.post_link(&posted, notice.as_ref(), &event).await?)
}

/// Follows a link: the user's address is the one that it was mailed to, and verified.
///
/// # Errors
///
/// [`Fault`] when the tables cannot be read or written.
pub async fn confirm(app: &App, request: &Request, text: &str, now: Timestamp) -> Result<LinkOutcome, Fault> {
    let Some(LoadedLink { link, user, .. }) = find(app, text, now).await? else { return Ok(LinkOutcome::Void) };
    let message = MailMessage::EmailChanged { new_email: link.email.clone() };
    let notice = notice::to_user(app, &user, message, now);
    let event = AuditEvent::new(AuditAction::EmailChanged, request.origin(), now).of_user(&user);
    Ok(match app.stores.change_email(&user, &link, notice.as_ref(), &event).await? {
        Followed::Done => {
            LinkOutcome::Done(Box::new(User { email: Some(link.email), email_verified_at: Some(now), ..user }))
        }
        outcome => LinkOutcome::refused(outcome),
    })
}

/// What a good link is about.
///
/// # Errors
///
/// [`Fault`] when the tables cannot be read.
pub async fn find(app: &App, text: &str, now: Timestamp) -> Result<Option<LoadedLink>, Fault> {
    let loaded = LoadedLink::read(app, LinkPurpose::ChangeEmail, text).await?;
    Ok(loaded.filter(|loaded| loaded.standing(now) == LinkStanding::Good))
}
