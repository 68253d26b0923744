//! The user who returns: a known user of the provider, a new user, or a user who must first prove that an account is theirs.

use shared::app::App;
use shared::domain::audit::{AuditAction, AuditEvent};
use shared::domain::session::id::SessionId;
use shared::domain::session::proof::AuthenticationMethod;
use shared::domain::types::display_name::DisplayName;
use shared::domain::types::timestamp::Timestamp;
use shared::domain::upstream::claims::UpstreamClaims;
use shared::domain::upstream::identity::{UpstreamIdentity, UpstreamLink};
use shared::domain::upstream::pending_link::{PendingLink, PendingLinkId};
use shared::domain::user::binding::Binding;
use shared::domain::user::{User, UserId};
use shared::fault::Fault;
use shared::http::Request;
use shared::http::error::authorize::AuthorizeError;
use shared::http::error::page::PageError;
use shared::http::page::visit::Visit;
use shared::paths::SIGN_IN;
use shared::service::attempt::Attempt;
use shared::service::counted_sign_in;
use shared::service::email_link::verify_email;
use shared::service::notice;
use shared::service::session::browser_sign_in::BrowserSignIn;
use shared::service::session::sign_in;
use shared::service::throttle::{self, Throttled};
use shared::service::user::registration::new_owner;
use shared::service::user::restoration;
use shared::store::{Linked, NewUser, Registered};
use shared::upstream::openid::{Identified, Upstream};

use crate::refusal;

/// How often a user is looked up who is created and deleted concurrently.
const TRIES: usize = 4;

/// A user who returns from the provider.
pub(crate) struct Returned {
    /// Whom the provider identified.
    pub(crate) identified: Identified,
    /// The name that they gave there, if it came beside the code.
    pub(crate) name: Option<DisplayName>,
}

/// The user whom the provider identified.
pub(crate) enum UpstreamUser {
    /// A known user, who is not signed in yet.
    Known(Box<User>),
    /// A new user, who is signed in.
    New(Box<BrowserSignIn>),
    /// A known user who deleted their account and can restore it, on this page.
    Deleted(String),
    /// A user of the provider with the e-mail address of one of our users. The provider's claim is not enough (OWASP ASVS 6.8.1).
    MustProveOwnership(PendingLinkId),
}

/// Finds or creates the user: a new user is counted as a registration, and user, account, link and session are created or none of
/// them.
pub(crate) async fn find_or_make(
    app: &App,
    upstream: &Upstream,
    request: &Request,
    visit: &Visit,
    returned: Returned,
) -> Result<UpstreamUser, AuthorizeError> {
    let now = app.clock.now();
    let Returned { identified, name } = returned;
    let identity = identified.identity.clone();
    if let Some(known) = known(app, request, visit, &identity).await? {
        return Ok(known);
    }
    throttle::charge_registration(app, &Attempt::new(request.origin(), now)).await.map_err(too_many)?;
    let claims = upstream.claims(identified, now).await;
    let mut claims =
        claims.map_err(|error| error.into_page(&upstream.provider, visit.link_to(SIGN_IN)))?.or_named(name);
    let mut predecessor = None;
    for _ in 0..TRIES {
        let (registered, begun) = register(app, visit, &identity, &claims, predecessor, request).await?;
        match registered {
            Registered::Done => return Ok(UpstreamUser::New(Box::new(begun))),
            // The same identity registered at the same time.
            Registered::UpstreamTaken => {
                if let Some(known) = known(app, request, visit, &identity).await? {
                    return Ok(known);
                }
            }
            Registered::EmailTaken | Registered::UsernameTaken | Registered::ImportIdTaken => {
                let Some(email) = claims.email.clone() else { break };
                match app.stores.users.find_by_name(&email.clone().into()).await? {
                    Some(user_id) => {
                        if let Some(user) = take_over(app, user_id, &identity, &claims, request, now).await? {
                            return Ok(UpstreamUser::Known(Box::new(user)));
                        }
                        let user = app.stores.users.find(user_id).await?;
                        predecessor = user.filter(User::has_given_up_email).map(|user| user.id);
                        if predecessor.is_some() {
                            continue;
                        }
                        let link = PendingLink::new(visit.browser.guard.browser(), identity, user_id, email, now);
                        app.stores.authorizations.store_pending_link(&link).await?;
                        return Ok(UpstreamUser::MustProveOwnership(link.id));
                    }
                    // The address of a deleted user, which cannot be registered for a while.
                    None => claims = UpstreamClaims { email: None, is_email_verified: false, ..claims },
                }
            }
        }
    }
    Err(Fault::unavailable("a user was created and deleted again and again at the same time").into())
}

/// Gives an account whose address was never verified to the user whose address the provider verified: an unproven claim yields
/// to proof. Returns the user, if it is such an account.
///
/// A notice tells the address. It is not counted: an account is taken over once, and a stranger who uses up the notices of
/// an address must not keep its owner from it.
async fn take_over(
    app: &App,
    user_id: UserId,
    identity: &UpstreamIdentity,
    claims: &UpstreamClaims,
    request: &Request,
    now: Timestamp,
) -> Result<Option<User>, Fault> {
    let Some(email) = claims.email.as_ref().filter(|_| claims.is_email_verified) else { return Ok(None) };
    let user = app.stores.users.find(user_id).await?;
    let Some(user) = user.filter(|user| user.is_enabled() && !user.is_email_verified()) else { return Ok(None) };
    let link = UpstreamLink { identity: identity.clone(), linked_at: now };
    let event =
        AuditEvent::new(AuditAction::EmailVerified, request.origin(), now).of_user(&user).about(&identity.issuer);
    let after = User { authenticators: user.authenticators.next(), ..user.clone() };
    let notice = notice::of_link(app, &after, Binding::TakeOver, identity, &request.origin(), now);
    match app.stores.take_over(&user, email, &link, notice.as_ref(), &event).await? {
        Linked::Done => app.stores.users.find(user_id).await,
        Linked::Taken | Linked::Raced => Ok(None),
    }
}

/// The user who is linked to an identity at the provider; a disabled user is refused, and a deleted one may restore their account.
async fn known(
    app: &App,
    request: &Request,
    visit: &Visit,
    identity: &UpstreamIdentity,
) -> Result<Option<UpstreamUser>, AuthorizeError> {
    let Some(id) = app.stores.users.find_by_upstream(identity).await? else { return Ok(None) };
    let Some(user) = app.stores.users.find(id).await? else { return Ok(None) };
    if !user.is_enabled() {
        let now = app.clock.now();
        let refused = sign_in::refusal(Some(&user), request.origin(), now);
        app.stores.audit.record(&refused).await?;
        let restore = restoration::page_for(app, &user, now).await?;
        return restore.map(|page| Some(UpstreamUser::Deleted(page))).ok_or_else(|| refusal::disabled(visit).into());
    }
    Ok(Some(UpstreamUser::Known(Box::new(user))))
}

/// Creates a user from the provider's claims and signs them in: one transaction.
async fn register(
    app: &App,
    visit: &Visit,
    identity: &UpstreamIdentity,
    claims: &UpstreamClaims,
    predecessor: Option<UserId>,
    request: &Request,
) -> Result<(Registered, BrowserSignIn), Fault> {
    let now = visit.browser.now;
    let (user, account) = new_owner(claims.display_name(), Some(&request.device()), now);
    let user = User {
        email: claims.email.clone(),
        email_verified_at: claims.is_email_verified.then_some(now),
        upstream: vec![UpstreamLink { identity: identity.clone(), linked_at: now }],
        ..user
    };
    let id = SessionId::generate(now);
    let (session, token) =
        sign_in::browser_session(app, &user, id, AuthenticationMethod::Provider, request.device(), now);
    let verification = verify_email::for_new_user(app, &user, now).await?;
    let attempt = Attempt::new(request.origin(), now);
    let counted = throttle::charge_registration_mail(app, verification.as_ref(), &attempt).await?;
    let verification = verification.filter(|_| counted.is_some());
    let event = AuditEvent::new(AuditAction::UserRegistered, request.origin(), now).of_user(&user);
    let known = counted_sign_in::user_places(app, &user, request, Some(&visit.browser.known));
    let new_user = NewUser {
        user: &user,
        account: &account,
        session: Some(&session),
        verification: verification.as_ref(),
        key: None,
        predecessor,
        known: &known,
    };
    let registered = app.stores.register(new_user, &event).await?;
    if let Some(counted) = counted.filter(|_| registered != Registered::Done) {
        counted.give_back(app).await?;
    }
    Ok((registered, BrowserSignIn { session, token }))
}

fn too_many(throttled: Throttled) -> AuthorizeError {
    match throttled {
        Throttled::TooMany(wait) => PageError::too_many(wait).into(),
        Throttled::Fault(fault) => fault.into(),
    }
}
