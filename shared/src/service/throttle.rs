//! Attempts are counted before the work that they cause, and refused when there are too many.

use std::time::Duration;

use futures_util::future::{try_join, try_join3};

use crate::app::App;
use crate::domain::audit::AuditEvent;
use crate::domain::oauth::error::OAuthError;
use crate::domain::rate_limit::{Limit, RateLimitKey};
use crate::domain::types::email::EmailAddress;
use crate::domain::types::network_address::SourceAddress;
use crate::domain::types::sign_in_name::SignInName;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::User;
use crate::domain::user_key::UserKeyName;
use crate::fault::Fault;
use crate::http::Request;
use crate::http::error::api::ApiError;
use crate::http::error::page::PageError;
use crate::service::session::sign_in;
use crate::store::Load;

/// How long a network address from which a user signed in counts as known to their e-mail address.
const KNOWN: Duration = Duration::from_secs(90 * 86_400);

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

/// Counts a sign-in, whether a user has the e-mail address or the name or not: three writes side by side.
///
/// Of those that are too many, the first of a window is recorded in the audit trail, so that a flood of them cannot
/// flood it.
///
/// # Errors
///
/// [`Throttled`] only.
pub async fn charge_login(app: &App, name: &SignInName, request: &Request, now: Timestamp) -> Result<(), Throttled> {
    let Some(excess) = count_login(app, name.as_str(), request.source(), now).await? else { return Ok(()) };
    if excess.is_news {
        let user = sign_in::find(app, name, now).await?;
        app.stores.audit.record(&sign_in::refusal(user.as_ref(), request.origin(), now)).await?;
    }
    Err(Throttled::TooMany(excess.wait))
}

/// Counts a script's sign-in with a user key, whether there is such a key or not: three writes side by side.
///
/// Of those that are too many, the first of a window is recorded in the audit trail.
///
/// # Errors
///
/// [`Throttled`] only.
pub async fn charge_key(app: &App, key: UserKeyName, request: &Request, now: Timestamp) -> Result<(), Throttled> {
    let Some(excess) = count_login(app, &key.to_string(), request.source(), now).await? else { return Ok(()) };
    if excess.is_news {
        let user = app.load(Load { user: Some(key.user_id), ..Load::default() }).await?.user;
        app.stores.audit.record(&sign_in::key_refusal(key, user.as_ref(), request.origin(), now)).await?;
    }
    Err(Throttled::TooMany(excess.wait))
}

/// Counts a password that a signed-in user enters once more, together with their sign-ins. Of those that are too many,
/// the first of a window is recorded as this refusal.
///
/// # Errors
///
/// [`Throttled`] only.
pub async fn charge_confirmation(
    app: &App,
    user: &User,
    address: SourceAddress,
    refusal: &AuditEvent,
    now: Timestamp,
) -> Result<(), Throttled> {
    let Some(excess) = count_login(app, user.known_as(), address, now).await? else { return Ok(()) };
    if excess.is_news {
        app.stores.audit.record(refusal).await?;
    }
    Err(Throttled::TooMany(excess.wait))
}

/// A sign-in that is one too many.
struct LoginExcess {
    wait: Duration,
    /// Whether it is the first one of its window.
    is_news: bool,
}

async fn count_login(
    app: &App,
    name: &str,
    address: SourceAddress,
    now: Timestamp,
) -> Result<Option<LoginExcess>, Fault> {
    let (limits, store) = (&app.config.limits, &app.stores.limits);
    let (by_both, by_address, by_name) =
        (RateLimitKey::login(name, address), RateLimitKey::login_address(address), RateLimitKey::login_name(name));
    let (by_both, by_address, by_name) = try_join3(
        store.charge(&by_both, limits.login_by_name_and_address, now),
        store.charge(&by_address, limits.login_by_address, now),
        store.charge(&by_name, limits.login_by_name, now),
    )
    .await?;
    // Guesses from many addresses must not lock the user out: known network addresses pass.
    let from_everywhere = by_name.excess(limits.login_by_name, now).filter(|_| !by_both.is_known(now));
    let excess = by_both
        .excess(limits.login_by_name_and_address, now)
        .max(by_address.excess(limits.login_by_address, now))
        .max(from_everywhere);
    let is_news = by_both.is_first_excess(limits.login_by_name_and_address)
        || by_address.is_first_excess(limits.login_by_address)
        || (from_everywhere.is_some() && by_name.is_first_excess(limits.login_by_name));
    Ok(excess.map(|wait| LoginExcess { wait, is_news }))
}

/// Resets the count of failed sign-ins after one that succeeded, and records the network address as known.
///
/// # Errors
///
/// [`Fault`] when it cannot be written.
pub async fn forgive_login(app: &App, name: &str, address: SourceAddress, now: Timestamp) -> Result<(), Fault> {
    app.stores.limits.forgive(&RateLimitKey::login(name, address), now.after(KNOWN), now).await
}

/// Counts a registration: one write.
///
/// # Errors
///
/// [`Throttled`] only.
pub async fn charge_registration(app: &App, address: SourceAddress, now: Timestamp) -> Result<(), Throttled> {
    charge(app, &RateLimitKey::register_address(address), app.config.limits.register_by_address, now).await
}

/// Counts a client that registers itself: one write.
///
/// # Errors
///
/// [`Throttled`] only.
pub async fn charge_client_registration(app: &App, address: SourceAddress, now: Timestamp) -> Result<(), Throttled> {
    let limit = app.config.limits.client_registration_by_address;
    charge(app, &RateLimitKey::client_registration_address(address), limit, now).await
}

/// Counts a document that is to be fetched: one write.
///
/// # Errors
///
/// [`Throttled`] only.
pub async fn charge_document(app: &App, address: SourceAddress, now: Timestamp) -> Result<(), Throttled> {
    charge(app, &RateLimitKey::document_address(address), app.config.limits.document_by_address, now).await
}

/// Counts an attempt to enter another device's code: one write.
///
/// # Errors
///
/// [`Throttled`] only.
pub async fn charge_device(app: &App, address: SourceAddress, now: Timestamp) -> Result<(), Throttled> {
    charge(app, &RateLimitKey::device_address(address), app.config.limits.device_by_address, now).await
}

/// Counts a mail that a caller requests, whether a user has the e-mail address or not: two writes side by side.
///
/// # Errors
///
/// [`Throttled`] only.
pub async fn charge_mail(
    app: &App,
    email: &EmailAddress,
    address: SourceAddress,
    now: Timestamp,
) -> Result<(), Throttled> {
    let (limits, store) = (&app.config.limits, &app.stores.limits);
    let (by_email, by_address) = (RateLimitKey::mail_email(email), RateLimitKey::mail_address(address));
    let (by_email, by_address) = try_join(
        store.charge(&by_email, limits.mail_by_email, now),
        store.charge(&by_address, limits.mail_by_address, now),
    )
    .await?;
    let excess = by_email.excess(limits.mail_by_email, now).max(by_address.excess(limits.mail_by_address, now));
    excess.map_or(Ok(()), |wait| Err(Throttled::TooMany(wait)))
}

async fn charge(app: &App, counted: &RateLimitKey, limit: Limit, now: Timestamp) -> Result<(), Throttled> {
    let count = app.stores.limits.charge(counted, limit, now).await?;
    count.excess(limit, now).map_or(Ok(()), |wait| Err(Throttled::TooMany(wait)))
}

/// Counts a wrong client secret, two writes side by side, records the event, and returns the refusal. Of those that are
/// too many, the first of a window is an event, so that a flood of them cannot flood the audit trail.
///
/// Only wrong ones count: 256 random bits are not guessed, so a legitimate client never waits for another caller's
/// mistakes.
pub async fn refuse_client(
    app: &App,
    client_id: &str,
    address: SourceAddress,
    event: &AuditEvent,
    now: Timestamp,
) -> OAuthError {
    let (limits, store) = (&app.config.limits, &app.stores.limits);
    let (by_both, by_address) = (RateLimitKey::client(client_id, address), RateLimitKey::client_address(address));
    let charges = try_join(
        store.charge(&by_both, limits.client_by_client_and_address, now),
        store.charge(&by_address, limits.client_by_address, now),
    );
    let (by_both, by_address) = match charges.await {
        Ok(counts) => counts,
        Err(fault) => return fault.into(),
    };
    let excess =
        by_both.excess(limits.client_by_client_and_address, now).max(by_address.excess(limits.client_by_address, now));
    let is_news = excess.is_none()
        || by_both.is_first_excess(limits.client_by_client_and_address)
        || by_address.is_first_excess(limits.client_by_address);
    if is_news && let Err(fault) = app.stores.audit.record(event).await {
        return fault.into();
    }
    excess.map_or_else(OAuthError::invalid_client, OAuthError::too_many_requests)
}
