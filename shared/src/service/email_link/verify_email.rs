//! Verifying an e-mail address: a link is mailed to it, and whoever follows that gets its mail.

use crate::app::App;
use crate::domain::audit::{AuditAction, AuditEvent};
use crate::domain::email_link::{LinkPurpose, LinkStanding};
use crate::domain::mail::link::LinkMail;
use crate::domain::types::email::EmailAddress;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::User;
use crate::fault::Fault;
use crate::http::Request;
use crate::service::email_link::redeem::{LinkOutcome, LoadedLink};
use crate::service::throttle::{self, Throttled};
use crate::store::Followed;

/// The link for somebody who registers with an address that nobody vouches for, if this deployment sends mail.
///
/// # Errors
///
/// [`Fault`] when there is no MAC key.
pub async fn for_new_user(app: &App, user: &User, now: Timestamp) -> Result<Option<LinkMail>, Fault> {
    let unverified = user.email.as_ref().filter(|_| !user.is_email_verified() && app.config.mail_from.is_some());
    let Some(email) = unverified else { return Ok(None) };
    LinkMail::to_user(LinkPurpose::VerifyEmail, user, email, &*app.keys.mac().await?, now).map(Some)
}

/// Mails a link to the address that somebody has; the ones before are void. The attempt is counted.
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
    throttle::charge_mail(app, email, request.source(), now).await?;
    let posted = LinkMail::to_user(LinkPurpose::VerifyEmail, user, email, &*app.keys.mac().await?, now)?;
    let event = AuditEvent::new(AuditAction::EmailVerificationSent, request.origin(), now).of_user(user);
    Ok(app.stores.post_link(&posted, None, &event).await?)
}

/// Follows a link: the address is verified from then on.
///
/// # Errors
///
/// [`Fault`] when the tables cannot be read or written.
pub async fn confirm(app: &App, request: &Request, text: &str, now: Timestamp) -> Result<LinkOutcome, Fault> {
    let loaded = match read(app, text, now).await? {
        Found::Good(loaded) => loaded,
        Found::Decided(outcome) => return Ok(outcome),
    };
    let event = AuditEvent::new(AuditAction::EmailVerified, request.origin(), now).of_user(&loaded.user);
    Ok(match app.stores.verify_email(&loaded.user, &loaded.link, &event).await? {
        Followed::Done => {
            let verified = loaded.user.email_verified_at.or(Some(now));
            LinkOutcome::Done(Box::new(User { email_verified_at: verified, ..loaded.user }))
        }
        // Another click came first, at the same moment: what it did is true for this one too.
        Followed::Spent => match read(app, text, now).await? {
            Found::Good(_) => LinkOutcome::Raced,
            Found::Decided(outcome) => outcome,
        },
        outcome => LinkOutcome::refused(outcome),
    })
}

/// How often a link is read that was spent for nothing: a batch is no snapshot, so of another click at this moment it may have
/// seen the link and not yet the user.
const READS: usize = 3;

/// What a link is worth: either it is to be followed, or there is nothing to do.
enum Found {
    Good(Box<LoadedLink>),
    Decided(LinkOutcome),
}

async fn read(app: &App, text: &str, now: Timestamp) -> Result<Found, Fault> {
    for _ in 0..READS {
        let Some(loaded) = LoadedLink::read(app, LinkPurpose::VerifyEmail, text).await? else { break };
        match loaded.standing(now) {
            LinkStanding::Good => return Ok(Found::Good(Box::new(loaded))),
            // A second click finds what the first one did.
            LinkStanding::Spent if loaded.user.is_email_verified() => {
                return Ok(Found::Decided(LinkOutcome::Done(Box::new(loaded.user))));
            }
            LinkStanding::Spent => {}
            LinkStanding::Void => break,
        }
    }
    Ok(Found::Decided(LinkOutcome::Void))
}
