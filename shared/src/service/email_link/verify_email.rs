//! Verifying an e-mail address: a link is mailed to it, and following the link proves that the user receives its mail.

use crate::app::App;
use crate::domain::audit::{AuditAction, AuditEvent};
use crate::domain::email_link::{LinkPurpose, LinkStatus};
use crate::domain::mail::link::LinkMail;
use crate::domain::types::email::EmailAddress;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::User;
use crate::fault::Fault;
use crate::http::Request;
use crate::service::email_link::redeem::{LinkOutcome, LoadedLink};
use crate::service::throttle::{self, Throttled};
use crate::store::Followed;

/// Creates the link for a new user whose address is not verified, if this deployment sends mail.
///
/// # Errors
///
/// [`Fault`] when there is no MAC key.
pub async fn for_new_user(app: &App, user: &User, now: Timestamp) -> Result<Option<LinkMail>, Fault> {
    let unverified = user.email.as_ref().filter(|_| !user.is_email_verified() && app.config.mail_from.is_some());
    let Some(email) = unverified else { return Ok(None) };
    LinkMail::to_user(LinkPurpose::VerifyEmail, user, email, &*app.keys.mac().await?, now).map(Some)
}

/// Mails a link to a user's address; earlier links become void. The attempt is counted.
///
/// # Errors
///
/// [`Throttled`] only.
pub async fn send(
    app: &App,
    user: &User,
    email: &EmailAddress,
    request: &Request,
    now: Timestamp,
) -> Result<(), Throttled> {
    throttle::charge_mail(app, LinkPurpose::VerifyEmail, email, request.source(), now).await?;
    let posted = LinkMail::to_user(LinkPurpose::VerifyEmail, user, email, &*app.keys.mac().await?, now)?;
    let event = AuditEvent::new(AuditAction::EmailVerificationSent, request.origin(), now).of_user(user);
    Ok(app.stores.post_link(&posted, None, &event).await?)
}

/// Redeems a link: the address is verified from then on.
///
/// # Errors
///
/// [`Fault`] when the tables cannot be read or written.
pub async fn confirm(app: &App, request: &Request, text: &str, now: Timestamp) -> Result<LinkOutcome, Fault> {
    let loaded = match read(app, text, now).await? {
        Found::Valid(loaded) => loaded,
        Found::Decided(outcome) => return Ok(outcome),
    };
    let event = AuditEvent::new(AuditAction::EmailVerified, request.origin(), now).of_user(&loaded.user);
    Ok(match app.stores.verify_email(&loaded.user, &loaded.link, &event).await? {
        Followed::Done => {
            let verified = loaded.user.email_verified_at.or(Some(now));
            LinkOutcome::Done(Box::new(User { email_verified_at: verified, ..loaded.user }))
        }
        // Another click came first, at the same moment: its outcome applies to this one too.
        Followed::Spent => match read(app, text, now).await? {
            Found::Valid(_) => LinkOutcome::Raced,
            Found::Decided(outcome) => outcome,
        },
        outcome => LinkOutcome::refused(outcome),
    })
}

/// How often a link is read that is spent while the address is unverified: a batch is no snapshot, so of another click
/// at this moment it may have seen the link and not yet the user.
const READS: usize = 3;

/// The result of reading a link: either it is to be redeemed, or the outcome is decided already.
enum Found {
    Valid(Box<LoadedLink>),
    Decided(LinkOutcome),
}

async fn read(app: &App, text: &str, now: Timestamp) -> Result<Found, Fault> {
    for _ in 0..READS {
        let Some(loaded) = LoadedLink::read(app, LinkPurpose::VerifyEmail, text).await? else { break };
        match loaded.status(now) {
            LinkStatus::Valid => return Ok(Found::Valid(Box::new(loaded))),
            // A second click finds what the first one did.
            LinkStatus::Spent if loaded.user.is_email_verified() => {
                return Ok(Found::Decided(LinkOutcome::Done(Box::new(loaded.user))));
            }
            LinkStatus::Spent => {}
            LinkStatus::Void => break,
        }
    }
    Ok(Found::Decided(LinkOutcome::Void))
}
