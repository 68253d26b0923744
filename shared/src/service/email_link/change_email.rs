//! Changing an e-mail address: the new one is a person's when they have followed the link that was mailed to it, and the old
//! one is told both times.

use crate::app::App;
use crate::domain::audit::{AuditAction, AuditEvent};
use crate::domain::email_link::{LinkPurpose, LinkStanding};
use crate::domain::mail::link::LinkMail;
use crate::domain::mail::message::Letter;
use crate::domain::types::email::EmailAddress;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::User;
use crate::fault::Fault;
use crate::http::Request;
use crate::service::email_link::redeem::{FollowedLink, LinkFacts};
use crate::service::notice;
use crate::service::throttle::{self, Throttled};
use crate::store::Followed;

/// Reads a person's new address: another than the one that they have.
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
    let letter = Letter::EmailChangeAsked { new_email: new_email.clone() };
    let notice = notice::to_user(app, user, letter, now);
    let event = AuditEvent::new(AuditAction::EmailChangeRequested, request.origin(), now).of_user(user);
    Ok(app.stores.post_link(&posted, notice.as_ref(), &event).await?)
}

/// Follows a link: the person's address is the one that it was mailed to, and verified.
///
/// # Errors
///
/// [`Fault`] when the tables cannot be read or written.
pub async fn confirm(app: &App, request: &Request, text: &str, now: Timestamp) -> Result<FollowedLink, Fault> {
    let Some(LinkFacts { link, user, .. }) = find(app, text, now).await? else { return Ok(FollowedLink::Void) };
    let letter = Letter::EmailChanged { new_email: link.email.clone() };
    let notice = notice::to_user(app, &user, letter, now);
    let event = AuditEvent::new(AuditAction::EmailChanged, request.origin(), now).of_user(&user);
    Ok(match app.stores.change_email(&user, &link, notice.as_ref(), &event).await? {
        Followed::Done => {
            FollowedLink::Done(Box::new(User { email: Some(link.email), email_verified_at: Some(now), ..user }))
        }
        outcome => FollowedLink::refused(outcome),
    })
}

/// What a good link is about.
///
/// # Errors
///
/// [`Fault`] when the tables cannot be read.
pub async fn find(app: &App, text: &str, now: Timestamp) -> Result<Option<LinkFacts>, Fault> {
    let facts = LinkFacts::read(app, LinkPurpose::ChangeEmail, text).await?;
    Ok(facts.filter(|facts| facts.standing(now) == LinkStanding::Good))
}
