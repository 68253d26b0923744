//! Sign-ins are counted before the password is hashed, from narrow to broad: an attempt that a narrow count refuses
//! charges nothing broader, so that one machine cannot fill what is shared by all.

use std::future::{Future, ready};

use async_recursion::async_recursion as boxed;
use futures_util::future::{Either, try_join, try_join_all};

use crate::app::App;
use crate::domain::rate_limit::{Count, Excess, RateLimitKey, SignInPlace};
use crate::domain::session::known_browser::KnownBrowser;
use crate::domain::types::network_address::SourceAddress;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::User;
use crate::fault::Fault;
use crate::http::Request;
use crate::http::page::cookie::Cookies;
use crate::service::attempt::Attempt;
use crate::service::throttle::Throttled;
use crate::store::Loaded;

/// A sign-in that was counted and may go on. If it succeeds, it is given back.
#[derive(Debug)]
pub struct CountedSignIn {
    name: String,
    address: SourceAddress,
    place: SignInPlace,
    /// What the network address was charged; a known browser charges nothing but itself.
    by_address: Option<(RateLimitKey, Count)>,
}

/// A count that the sign-in exceeds.
struct Exceeded {
    key: RateLimitKey,
    excess: Excess,
}

/// What is read of a user who signs in.
pub trait Subject {
    /// The user, if there is one.
    fn user(&self) -> Option<&User>;
}

impl Subject for Option<User> {
    fn user(&self) -> Option<&User> {
        self.as_ref()
    }
}

impl Subject for Loaded {
    fn user(&self) -> Option<&User> {
        self.user.as_ref()
    }
}

/// Counts a sign-in, whether there is such a user or not: the known browser, if the request has its cookie; else the
/// name at the network address; then the network address; then the name. `find` reads the user beside the broader
/// counts, so that the order costs no round trip.
///
/// A place is known to the user who proved there who they are, and to no later user of the name.
///
/// Of attempts that are too many, the first of a window is an event, so that a flood of them cannot flood the audit trail.
/// It is of the user's account, if there is such a user.
///
/// # Errors
///
/// [`Throttled`] only.
pub async fn count<T: Subject>(
    app: &App,
    name: &str,
    request: &Request,
    now: Timestamp,
    find: impl Future<Output = Result<T, Fault>>,
) -> Result<(CountedSignIn, T), Throttled> {
    let find = match count_browser(app, name, request, now).await? {
        None => Either::Left(find),
        Some((place, in_browser)) => {
            let found = find.await?;
            if in_browser.is_known_to(found.user(), now) {
                let (name, address) = (name.to_owned(), request.source());
                return Ok((CountedSignIn { name, address, place, by_address: None }, found));
            }
            Either::Right(ready(Ok(found)))
        }
    };
    count_stranger(app, name, request, now, find).await
}

/// Counts in a known browser: one write, or none without its cookie. A browser from which too many passwords were wrong
/// is as good as any other.
async fn count_browser(
    app: &App,
    name: &str,
    request: &Request,
    now: Timestamp,
) -> Result<Option<(SignInPlace, Count)>, Fault> {
    let cookies = Cookies::of(&app.keys.issuer(&app.stores.keys).await?);
    let Some(browser) = cookies.known_browser(&request.head) else { return Ok(None) };
    let place = app.config.limits.in_browser(name, &browser);
    let count = app.stores.limits.charge_known(&place.key, place.limit, now).await?;
    Ok(count.filter(|count| count.excess(place.limit, now).is_none()).map(|count| (place, count)))
}

/// Counts the name at the network address, then the network address, then the name.
async fn count_stranger<T: Subject>(
    app: &App,
    name: &str,
    request: &Request,
    now: Timestamp,
    find: impl Future<Output = Result<T, Fault>>,
) -> Result<(CountedSignIn, T), Throttled> {
    let (address, attempt) = (request.source(), Attempt::new(request.origin(), now));
    let place = app.config.limits.at_address(name, address);
    let at_place = app.stores.limits.charge(&place.key, place.limit, now).await?;
    if let Some(excess) = at_place.excess(place.limit, now) {
        // A machine that is over its own limit would leave an event for each name that it tries, without end.
        let by_address = RateLimitKey::login_address(address);
        let is_first = excess.is_first && !app.stores.limits.remembers_refusal(&by_address, now);
        let attempt = if is_first { attempt.of_user(find.await?.user()) } else { attempt };
        let wait = attempt.refuse(app, &place.key, Excess { is_first, ..excess }).await?;
        return Err(Throttled::TooMany(wait));
    }
    let (broader, found) = try_join(count_broader(app, name, address, now), find).await?;
    let attempt = attempt.of_user(found.user());
    let exceeded = match broader {
        Ok(Broader { by_address, name_exceeded: None }) => {
            return Ok((CountedSignIn { name: name.to_owned(), address, place, by_address }, found));
        }
        Ok(Broader { by_address, name_exceeded: Some(exceeded) }) => {
            if at_place.is_known_to(found.user(), now) {
                // It is not refused, but it may be the first of the window that fills the count of the name.
                attempt.refuse(app, &exceeded.key, exceeded.excess).await?;
                return Ok((CountedSignIn { name: name.to_owned(), address, place, by_address }, found));
            }
            exceeded
        }
        Err(exceeded) => exceeded,
    };
    Err(Throttled::TooMany(attempt.refuse(app, &exceeded.key, exceeded.excess).await?))
}

/// The counts of the network address, which permits one more sign-in, and of the name.
struct Broader {
    /// What the network address was charged.
    by_address: Option<(RateLimitKey, Count)>,
    /// The count of the name, if it has too many, which does not matter where its user is known.
    name_exceeded: Option<Exceeded>,
}

/// Counts at the network address, and if that permits it, for the name: known network addresses too, so that a failed
/// sign-in costs the same for every name.
async fn count_broader(
    app: &App,
    name: &str,
    address: SourceAddress,
    now: Timestamp,
) -> Result<Result<Broader, Exceeded>, Fault> {
    let (limits, store) = (&app.config.limits, &app.stores.limits);
    let key = RateLimitKey::login_address(address);
    let by_address = store.charge(&key, limits.login_by_address, now).await?;
    if let Some(excess) = by_address.excess(limits.login_by_address, now) {
        store.remember_refusal(&key, &by_address);
        return Ok(Err(Exceeded { key, excess }));
    }
    let name = RateLimitKey::login_name(name);
    let by_name = store.charge(&name, limits.login_by_name, now).await?;
    let name_exceeded = by_name.excess(limits.login_by_name, now).map(|excess| Exceeded { key: name, excess });
    Ok(Ok(Broader { by_address: Some((key, by_address)), name_exceeded }))
}

impl CountedSignIn {
    /// Records that the sign-in succeeded: its place and its network address are known to the user from then on, and
    /// the browser if it keeps a cookie; their counts start again; and the network address gets back what it was
    /// charged, because it counts wrong passwords only. All writes side by side.
    ///
    /// # Errors
    ///
    /// [`Fault`] when it cannot be written.
    #[boxed]
    pub async fn succeed(
        self,
        app: &App,
        user: &User,
        browser: Option<&KnownBrowser>,
        now: Timestamp,
    ) -> Result<(), Fault> {
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
        try_join(know(app, user, &places, now), give_back).await.map(|_| ())
    }
}

/// Forgives a user who reset their password by mail: guesses of others do not keep them out where they did so. The
/// password is changed already, so a failure is logged, and the user waits as without it.
#[boxed]
pub async fn forgive_after_reset(
    app: &App,
    user: &User,
    request: &Request,
    browser: Option<&KnownBrowser>,
    now: Timestamp,
) {
    let places = user_places(app, user, request, browser);
    if let Err(fault) = know(app, user, &places, now).await {
        tracing::warn!(cause = %fault, "a user who reset their password is not known where they did");
    }
}

/// Records that a user is known at these places, where they proved who they are, and starts the counts there again: one
/// write each, side by side.
///
/// # Errors
///
/// [`Fault`] when it cannot be written.
#[boxed]
pub async fn know(app: &App, user: &User, places: &[SignInPlace], now: Timestamp) -> Result<(), Fault> {
    try_join_all(places.iter().map(|place| app.stores.limits.forgive(place, user.id, now))).await.map(|_| ())
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
