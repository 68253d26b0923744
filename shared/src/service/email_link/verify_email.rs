//! Verifying an e-mail address: a link is mailed to it, and following the link proves that the user receives its mail.

use async_recursion::async_recursion as boxed;

use crate::app::App;
use crate::domain::audit::{AuditAction, AuditEvent};
use crate::domain::email_link::{LinkPurpose, LinkStatus, VerifiedBy};
use crate::domain::mail::link::LinkMail;
use crate::domain::types::email::EmailAddress;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::User;
use crate::fault::Fault;
use crate::http::Request;
use crate::service::attempt::Attempt;
use crate::service::email_link::redeem::{LinkOutcome, LoadedLink};
use crate::service::throttle::{self, Throttled};
use crate::store::Followed;

/// Creates the link for a new user whose address is not verified, if this deployment sends mail.
///
/// # Errors
///
/// [`Fault`] when there is no MAC key.
#[boxed]
pub async fn for_new_user(app: &App, user: &User, now: Timestamp) -> Result<Option<LinkMail>, Fault> {
    let unverified = user.email.as_ref().filter(|_| !user.is_email_verified() && app.config.mail_from.is_some());
    let Some(email) = unverified else { return Ok(None) };
    LinkMail::to_user(LinkPurpose::VerifyEmail, user, email, &*app.keys.mac().await?, now).map(Some)
}

/// Mails a link to a user's address. The attempt is counted.
///
/// # Errors
///
/// [`Throttled`] only.
#[boxed]
pub async fn send(
    app: &App,
    user: &User,
    email: &EmailAddress,
    request: &Request,
    now: Timestamp,
) -> Result<(), Throttled> {
    let attempt = Attempt::new(request.origin(), now).of_user(user);
    throttle::charge_mail(app, LinkPurpose::VerifyEmail, email, &attempt).await?;
    let posted = LinkMail::to_user(LinkPurpose::VerifyEmail, user, email, &*app.keys.mac().await?, now)?;
    let event = AuditEvent::new(AuditAction::EmailVerificationSent, request.origin(), now).of_user(user);
    Ok(app.stores.post_link(&posted, None, &event).await?)
}

/// A link that is presented: it is to be redeemed, or the outcome is decided already.
#[derive(Debug)]
pub enum Presented {
    /// It is valid, and the address is not verified yet.
    Open(Box<LoadedLink>),
    /// Nothing is left to do.
    Decided(LinkOutcome),
}

/// How often a link is read that is spent while the address is unverified: a batch is no snapshot, so of another click
/// at this moment it may have seen the link and not yet the user.
const READS: usize = 3;

/// Reads a link and its user.
///
/// # Errors
///
/// [`Fault`] when the tables cannot be read.
#[boxed]
pub async fn find(app: &App, text: &str, now: Timestamp) -> Result<Presented, Fault> {
    for _ in 0..READS {
        let Some(loaded) = LoadedLink::read(app, LinkPurpose::VerifyEmail, text).await? else { break };
        match loaded.status(now) {
            // A second click, or one on another link, finds what the first one did.
            LinkStatus::Valid | LinkStatus::Spent if loaded.user.is_email_verified() => {
                return Ok(Presented::Decided(LinkOutcome::Done(Box::new(loaded.user))));
            }
            LinkStatus::Valid => return Ok(Presented::Open(Box::new(loaded))),
            LinkStatus::Spent => {}
            LinkStatus::Void => break,
        }
    }
    Ok(Presented::Decided(LinkOutcome::Void))
}

/// Redeems a link: the address is verified from then on.
///
/// # Errors
///
/// [`Fault`] when the tables cannot be read or written.
#[boxed]
pub async fn confirm(
    app: &App,
    request: &Request,
    text: &str,
    loaded: LoadedLink,
    verified_by: VerifiedBy,
    now: Timestamp,
) -> Result<LinkOutcome, Fault> {
    let event = AuditEvent::new(AuditAction::EmailVerified, request.origin(), now).of_user(&loaded.user);
    Ok(match app.stores.verify_email(&loaded.user, &loaded.link, verified_by, &event).await? {
        Followed::Done => LinkOutcome::Done(Box::new(User { email_verified_at: Some(now), ..loaded.user })),
        // Another click came first, at the same moment: its outcome applies to this one too.
        Followed::Spent | Followed::Raced => match find(app, text, now).await? {
            Presented::Open(_) => LinkOutcome::Raced,
            Presented::Decided(outcome) => outcome,
        },
        outcome @ Followed::EmailTaken => LinkOutcome::refused(outcome),
    })
}

/// Redeems a link for the owner of the address, who did not register with it: the address is free from then on.
///
/// # Errors
///
/// [`Fault`] when the tables cannot be written.
#[boxed]
pub async fn disown(app: &App, request: &Request, loaded: LoadedLink, now: Timestamp) -> Result<LinkOutcome, Fault> {
    let event = AuditEvent::new(AuditAction::EmailDisowned, request.origin(), now).of_user(&loaded.user);
    Ok(match app.stores.disown_email(&loaded.user, &loaded.link, &event).await? {
        Followed::Done => LinkOutcome::Done(Box::new(User { email: None, ..loaded.user })),
        outcome => LinkOutcome::refused(outcome),
    })
}
