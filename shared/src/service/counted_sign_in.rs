//! Sign-ins are counted before the password is hashed, from narrow to broad: an attempt that a narrow count refuses
//! charges nothing broader, so that one machine cannot fill what is shared by all.

use std::future::Future;
use std::time::Duration;

use futures_util::future::{try_join, try_join_all};

use crate::app::App;
use crate::domain::audit::AuditEvent;
use crate::domain::rate_limit::{Count, Limit, RateLimitKey, SignInPlace};
use crate::domain::session::known_browser::KnownBrowser;
use crate::domain::types::network_address::SourceAddress;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::User;
use crate::fault::Fault;
use crate::http::Request;
use crate::http::page::cookie::Cookies;
use crate::service::throttle::Throttled;

/// A sign-in that was counted and may go on. If it succeeds, it is given back.
#[derive(Debug)]
pub struct CountedSignIn {
    name: String,
    address: SourceAddress,
    place: SignInPlace,
    /// What the network address was charged; a known browser charges nothing but itself.
    by_address: Option<(RateLimitKey, Count)>,
}

/// A sign-in that is one too many.
struct Excess {
    wait: Duration,
    /// Whether it is the first one of its window.
    is_news: bool,
}

/// A place that permits one more sign-in.
struct Permitted {
    place: SignInPlace,
    /// How the broader counts apply.
    broader: Broader,
}

/// How the counts of the network address and of the name apply.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Broader {
    /// Both can refuse.
    Refuse,
    /// The user signed in from this network address before: the name is charged and cannot refuse.
    NamePasses,
    /// The user signed in in this browser before: nothing else is charged.
    AllPass,
}

/// Counts a sign-in, whether there is such a user or not: the known browser, if the request has its cookie; else the
/// name at the network address; then the network address; then the name. `find` reads the user beside the broader
/// counts, so that the order costs no round trip.
///
/// Of attempts that are too many, the first of a window is recorded as the `refusal`, so that a flood of them cannot
/// flood the audit trail.
///
/// # Errors
///
/// [`Throttled`] only.
pub async fn count<T>(
    app: &App,
    name: &str,
    request: &Request,
    now: Timestamp,
    find: impl Future<Output = Result<T, Fault>>,
    refusal: impl FnOnce(&T) -> AuditEvent,
) -> Result<(CountedSignIn, T), Throttled> {
    let (excess, event) = match count_place(app, name, request, now).await? {
        Ok(Permitted { place, broader }) => {
            let address = request.source();
            let counted = count_broader(app, name, address, broader, now);
            let (counted, found) = try_join(counted, find).await?;
            match counted {
                Ok(by_address) => {
                    return Ok((CountedSignIn { name: name.to_owned(), address, place, by_address }, found));
                }
                Err(excess) if excess.is_news => (excess, Some(refusal(&found))),
                Err(excess) => (excess, None),
            }
        }
        Err(excess) if excess.is_news => (excess, Some(refusal(&find.await?))),
        Err(excess) => (excess, None),
    };
    if let Some(event) = event {
        app.stores.audit.record(&event).await?;
    }
    Err(Throttled::TooMany(excess.wait))
}

/// Counts at the narrowest place: one write, and one more if the browser is not known or was known to another user.
async fn count_place(
    app: &App,
    name: &str,
    request: &Request,
    now: Timestamp,
) -> Result<Result<Permitted, Excess>, Fault> {
    let (limits, store) = (&app.config.limits, &app.stores.limits);
    let cookies = Cookies::of(&app.keys.issuer(&app.stores.keys).await?);
    if let Some(browser) = cookies.known_browser(&request.head) {
        let place = limits.in_browser(name, &browser);
        let count = store.charge_known(&place.key, place.limit, now).await?;
        // A browser from which too many passwords were wrong is as good as any other.
        if count.is_some_and(|count| count.excess(place.limit, now).is_none()) {
            return Ok(Ok(Permitted { place, broader: Broader::AllPass }));
        }
    }
    let place = limits.at_address(name, request.source());
    let count = store.charge(&place.key, place.limit, now).await?;
    let broader = if count.is_known(now) { Broader::NamePasses } else { Broader::Refuse };
    Ok(excess(count, place.limit, now).map_or(Ok(Permitted { place, broader }), Err))
}

/// Counts at the network address, and if that permits it, for the name; returns what the network address was charged.
async fn count_broader(
    app: &App,
    name: &str,
    address: SourceAddress,
    broader: Broader,
    now: Timestamp,
) -> Result<Result<Option<(RateLimitKey, Count)>, Excess>, Fault> {
    if broader == Broader::AllPass {
        return Ok(Ok(None));
    }
    let (limits, store) = (&app.config.limits, &app.stores.limits);
    let key = RateLimitKey::login_address(address);
    let by_address = store.charge(&key, limits.login_by_address, now).await?;
    if let Some(excess) = excess(by_address, limits.login_by_address, now) {
        return Ok(Err(excess));
    }
    // It is charged for known network addresses too: a failed sign-in costs the same for every name.
    let by_name = store.charge(&RateLimitKey::login_name(name), limits.login_by_name, now).await?;
    let excess = excess(by_name, limits.login_by_name, now).filter(|_| broader == Broader::Refuse);
    Ok(excess.map_or(Ok(Some((key, by_address))), Err))
}

fn excess(count: Count, limit: Limit, now: Timestamp) -> Option<Excess> {
    count.excess(limit, now).map(|wait| Excess { wait, is_news: count.is_first_excess(limit) })
}

impl CountedSignIn {
    /// Records that the sign-in succeeded: its place and its network address are known to the user from then on, and
    /// the browser if it keeps a cookie; their counts start again; and the network address gets back what it was
    /// charged, because it counts wrong passwords only. All writes side by side.
    ///
    /// # Errors
    ///
    /// [`Fault`] when it cannot be written.
    pub async fn succeed(self, app: &App, browser: Option<&KnownBrowser>, now: Timestamp) -> Result<(), Fault> {
        let mut places = known_places(app, &self.name, self.address, browser);
        if !places.contains(&self.place) {
            places.push(self.place);
        }
        let give_back = async {
            match self.by_address {
                Some((key, charged)) => app.stores.limits.give_back(&key, charged).await,
                None => Ok(()),
            }
        };
        try_join(know(app, &places, now), give_back).await.map(|_| ())
    }
}

/// Forgives a user who reset their password by mail: guesses of others do not keep them out where they did so. The
/// password is changed already, so a failure is logged, and the user waits as without it.
pub async fn forgive_after_reset(
    app: &App,
    user: &User,
    request: &Request,
    browser: Option<&KnownBrowser>,
    now: Timestamp,
) {
    let places = user_places(app, user, request, browser);
    if let Err(fault) = know(app, &places, now).await {
        tracing::warn!(cause = %fault, "a user who reset their password is not known where they did");
    }
}

/// Records that users are known at these places, where they proved who they are, and starts the counts there again: one
/// write each, side by side.
///
/// # Errors
///
/// [`Fault`] when it cannot be written.
pub async fn know(app: &App, places: &[SignInPlace], now: Timestamp) -> Result<(), Fault> {
    try_join_all(places.iter().map(|place| app.stores.limits.forgive(place, now))).await.map(|_| ())
}

/// The places at which a user is known who registers, signs in or resets their password: here, with each name that they
/// can sign in with.
pub fn user_places(app: &App, user: &User, request: &Request, browser: Option<&KnownBrowser>) -> Vec<SignInPlace> {
    let names = user.sign_in_names();
    names.flat_map(|name| known_places(app, name, request.source(), browser)).collect()
}

/// The places at which a user is known who signs in with this name: the network address, and the browser if it keeps a
/// cookie.
pub fn known_places(app: &App, name: &str, address: SourceAddress, browser: Option<&KnownBrowser>) -> Vec<SignInPlace> {
    let limits = &app.config.limits;
    let in_browser = browser.map(|browser| limits.in_browser(name, browser));
    [limits.at_address(name, address)].into_iter().chain(in_browser).collect()
}
