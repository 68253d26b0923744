//! Attempts are counted before the work that they cause, and refused when there are too many. Of those that a limit
//! refuses, the first of each window is an event of the audit trail: one write more.

use std::time::Duration;

use async_recursion::async_recursion as boxed;
use futures_util::future::try_join;

use crate::app::App;
use crate::domain::audit::AuditEvent;
use crate::domain::client::Client;
use crate::domain::email_link::LinkPurpose;
use crate::domain::mail::link::LinkMail;
use crate::domain::oauth::error::OAuthError;
use crate::domain::rate_limit::{Count, Excess, Limit, RateLimitKey};
use crate::domain::types::email::EmailAddress;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::User;
use crate::domain::user::account::AccountId;
use crate::fault::Fault;
use crate::http::error::api::ApiError;
use crate::http::error::page::PageError;
use crate::service::attempt::Attempt;

/// How often the apps of an account are counted again, because it has created as many as it may have.
const RECOUNTS: Limit = Limit { most: 20, window: Duration::from_secs(86_400) };

/// An attempt that is refused.
#[derive(Debug)]
pub enum Throttled {
    /// There were too many; the next one has to wait this long.
    TooMany(Duration),
    /// It could not be counted.
    Fault(Fault),
}

impl From<Fault> for Throttled {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Throttled> for OAuthError {
    fn from(throttled: Throttled) -> Self {
        match throttled {
            Throttled::TooMany(wait) => Self::too_many_requests(wait),
            Throttled::Fault(fault) => fault.into(),
        }
    }
}

impl From<Throttled> for PageError {
    fn from(throttled: Throttled) -> Self {
        match throttled {
            Throttled::TooMany(wait) => Self::too_many(wait),
            Throttled::Fault(fault) => fault.into(),
        }
    }
}

impl From<Throttled> for ApiError {
    fn from(throttled: Throttled) -> Self {
        match throttled {
            Throttled::TooMany(wait) => Self::rate_limited(wait),
            Throttled::Fault(fault) => fault.into(),
        }
    }
}

/// Counts a registration: one write.
///
/// # Errors
///
/// [`Throttled`] only.
#[boxed]
pub async fn charge_registration(app: &App, attempt: &Attempt) -> Result<(), Throttled> {
    charge(app, &RateLimitKey::register_address(attempt.address()), app.config.limits.register_by_address, attempt)
        .await
}

/// Counts a client that registers itself: one write.
///
/// # Errors
///
/// [`Throttled`] only.
#[boxed]
pub async fn charge_client_registration(app: &App, attempt: &Attempt) -> Result<(), Throttled> {
    let limit = app.config.limits.client_registration_by_address;
    charge(app, &RateLimitKey::client_registration_address(attempt.address()), limit, attempt).await
}

/// Counts a document that is to be fetched: one write.
///
/// # Errors
///
/// [`Throttled`] only.
#[boxed]
pub async fn charge_document(app: &App, attempt: &Attempt) -> Result<(), Throttled> {
    charge(app, &RateLimitKey::document_address(attempt.address()), app.config.limits.document_by_address, attempt)
        .await
}

/// Counts an attempt to enter another device's code: one write.
///
/// # Errors
///
/// [`Throttled`] only.
#[boxed]
pub async fn charge_device(app: &App, attempt: &Attempt) -> Result<(), Throttled> {
    charge(app, &RateLimitKey::device_address(attempt.address()), app.config.limits.device_by_address, attempt).await
}

/// Counts a mail with a link that a caller requests, whether a user has the e-mail address or not: first at the network
/// address, and then, if that permits it, for the recipient.
///
/// Each purpose is counted apart: when one is refused, the mailbox has as many links of that purpose already, so that
/// requests of others keep no user from one.
///
/// # Errors
///
/// [`Throttled`] only.
#[boxed]
pub async fn charge_mail(
    app: &App,
    purpose: LinkPurpose,
    email: &EmailAddress,
    attempt: &Attempt,
) -> Result<(), Throttled> {
    let limits = &app.config.limits;
    charge(app, &RateLimitKey::mail_address(attempt.address()), limits.mail_by_address, attempt).await?;
    charge(app, &RateLimitKey::link_email(purpose, email), limits.mail_by_email, attempt).await
}

/// Counts an action of a user of which a notice tells them: one write, or none if they get no mail. Beyond the limit
/// the action is refused, because a notice must not be left out.
///
/// An unverified address may be a stranger's, so it gets no more notices than mails that are requested for it.
///
/// # Errors
///
/// [`Throttled`] only.
#[boxed]
pub async fn charge_notice(app: &App, user: &User, attempt: Attempt) -> Result<(), Throttled> {
    let Some(to) = user.email.as_ref().filter(|_| app.config.mail_from.is_some()) else { return Ok(()) };
    let limits = &app.config.limits;
    let limit = if user.is_email_verified() { limits.notice_by_email } else { limits.mail_by_email };
    charge(app, &RateLimitKey::notice_email(to), limit, &attempt.of_user(user)).await
}

/// The mail of a registration, which was counted for its recipient.
#[derive(Debug)]
pub struct CountedMail {
    key: RateLimitKey,
    charged: Count,
}

/// Counts the mail that verifies the address of a new user, if there is one: one write. There is no count if it is one
/// too many; the user registers without the mail, and requests another later. The user does not exist yet, so the event
/// of the first one too many has no account.
///
/// # Errors
///
/// [`Fault`] when it cannot be counted.
#[boxed]
pub async fn charge_registration_mail(
    app: &App,
    verification: Option<&LinkMail>,
    attempt: &Attempt,
) -> Result<Option<CountedMail>, Fault> {
    let Some(LinkMail { link, .. }) = verification else { return Ok(None) };
    let (key, limit) = (RateLimitKey::link_email(link.purpose, &link.email), app.config.limits.mail_by_email);
    let charged = app.stores.limits.charge(&key, limit, attempt.now()).await?;
    if let Some(excess) = charged.excess(limit, attempt.now()) {
        attempt.refuse(app, &key, excess).await?;
        return Ok(None);
    }
    Ok(Some(CountedMail { key, charged }))
}

impl CountedMail {
    /// Gives back the mail of a registration that was refused.
    ///
    /// # Errors
    ///
    /// [`Fault`] when it cannot be written.
    #[boxed]
    pub async fn give_back(self, app: &App) -> Result<(), Fault> {
        app.stores.limits.give_back(&self.key, self.charged).await
    }
}

/// Counts an authorization that is to be stored for a browser: for the signed-in user, or else for the network address.
/// A write for ten of them, because one would cost about as much as what it guards.
///
/// # Errors
///
/// [`Throttled`] only.
#[boxed]
pub async fn charge_browser_request(app: &App, user: Option<&User>, attempt: Attempt) -> Result<(), Throttled> {
    let by_address = || RateLimitKey::pending_address(attempt.address());
    let key = user.map_or_else(by_address, |user| RateLimitKey::pending_user(user.id));
    charge_together(app, &key, app.config.limits.pending, &attempt.of_user(user)).await
}

/// Counts an authorization that is to be stored for a client: for the network address; or, if the client is an app of an
/// account and authenticated, for the app and then for the account, because its server sends the requests of all its
/// users. Two writes for ten of them at most.
///
/// Only what the account's own servers send is counted for it. A public client's id is known to all, as is every client's
/// at the authorization endpoint: with a count for the account, a stranger could fill it and keep the app's users out.
/// They are counted where they are, as with any other client, so an app gives its account no more than that.
///
/// # Errors
///
/// [`Throttled`] only.
#[boxed]
pub async fn charge_client_request(
    app: &App,
    client: &Client,
    creator: Option<&User>,
    attempt: Attempt,
) -> Result<(), Throttled> {
    let limit = app.config.limits.pending;
    match creator.filter(|_| client.owner.is_some() && !client.is_public()) {
        Some(creator) => {
            let attempt = attempt.of_client(client);
            charge_together(app, &RateLimitKey::pending_client(&client.client_id), limit, &attempt).await?;
            let of_account = app.config.pending_limit_of(creator);
            charge_together(app, &RateLimitKey::pending_account(creator.account_id), of_account, &attempt).await
        }
        // A stranger's, so it is no event of the account.
        None => charge_together(app, &RateLimitKey::pending_address(attempt.address()), limit, &attempt).await,
    }
}

async fn charge_together(app: &App, counted: &RateLimitKey, limit: Limit, attempt: &Attempt) -> Result<(), Throttled> {
    let excess = app.stores.limits.charge_together(counted, limit, attempt.now()).await?;
    permit(app, counted, excess, attempt).await
}

async fn charge(app: &App, counted: &RateLimitKey, limit: Limit, attempt: &Attempt) -> Result<(), Throttled> {
    let count = app.stores.limits.charge(counted, limit, attempt.now()).await?;
    permit(app, counted, count.excess(limit, attempt.now()), attempt).await
}

async fn permit(app: &App, counted: &RateLimitKey, excess: Option<Excess>, attempt: &Attempt) -> Result<(), Throttled> {
    match excess {
        None => Ok(()),
        Some(excess) => Err(Throttled::TooMany(attempt.refuse(app, counted, excess).await?)),
    }
}

/// Counts that the apps of an account are counted, and returns whether they may be: one write. It is no event, because the
/// app is refused by the quota.
///
/// # Errors
///
/// [`Fault`] when it cannot be counted.
#[boxed]
pub async fn charge_recount(app: &App, account: AccountId, now: Timestamp) -> Result<bool, Fault> {
    let count = app.stores.limits.charge(&RateLimitKey::app_recount(account), RECOUNTS, now).await?;
    Ok(count.excess(RECOUNTS, now).is_none())
}

/// Counts a wrong client secret, two writes side by side, records the event, and returns the refusal. Of those that are
/// too many, the first of a window is the event of the limit, so that a flood of them cannot flood the audit trail.
///
/// Where the network address has too many, its event is the only one: otherwise a machine would leave one for each
/// client that it tries, without end.
///
/// Only wrong ones count: 256 random bits are not guessed, so a legitimate client never waits for another caller's
/// mistakes.
#[boxed]
pub async fn refuse_client(app: &App, client_id: &str, event: &AuditEvent) -> OAuthError {
    let (limits, store) = (&app.config.limits, &app.stores.limits);
    let (attempt, now) = (Attempt::recorded_as(event), event.at);
    let address = attempt.address();
    let (by_both, by_address) = (RateLimitKey::client(client_id, address), RateLimitKey::client_address(address));
    let charges = try_join(
        store.charge(&by_both, limits.client_by_client_and_address, now),
        store.charge(&by_address, limits.client_by_address, now),
    );
    let (at_both, at_address) = match charges.await {
        Ok(counts) => counts,
        Err(fault) => return fault.into(),
    };
    let of_address = at_address.excess(limits.client_by_address, now).map(|excess| (&by_address, excess));
    let of_both = at_both.excess(limits.client_by_client_and_address, now).map(|excess| (&by_both, excess));
    let longest = of_address.iter().chain(&of_both).map(|(_, excess)| excess.wait).max();
    let recorded = match of_address.or(of_both) {
        Some((key, excess)) => attempt.refuse(app, key, excess).await.map(|_| ()),
        None => app.stores.audit.record(event).await,
    };
    match recorded {
        Ok(()) => longest.map_or_else(OAuthError::invalid_client, OAuthError::too_many_requests),
        Err(fault) => fault.into(),
    }
}
