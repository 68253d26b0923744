//! Direct sign-in: the new session and its tokens.

use async_recursion::async_recursion as boxed;

use crate::app::App;
use crate::domain::audit::{AuditAction, AuditEvent};
use crate::domain::password::{Password, Verified};
use crate::domain::session::browser_token::BrowserToken;
use crate::domain::session::device::Device;
use crate::domain::session::id::SessionId;
use crate::domain::session::kind::{SessionKind, TokenKind};
use crate::domain::session::lifetimes::RefreshLifetimes;
use crate::domain::session::proof::AuthenticationMethod;
use crate::domain::session::refresh_token::RefreshToken;
use crate::domain::session::{Session, SessionCredential};
use crate::domain::types::origin::Origin;
use crate::domain::types::sign_in_name::SignInName;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::{User, UserId};
use crate::domain::user_key::UserKeyName;
use crate::fault::Fault;
use crate::http::Request;
use crate::service::counted_sign_in::{self, CountedSignIn};
use crate::service::throttle::Throttled;

/// Finds the user with an e-mail address or a name: two reads, whether there is one or not.
///
/// # Errors
///
/// [`Fault`] when the table cannot be read.
#[boxed]
pub async fn find(app: &App, name: &SignInName, now: Timestamp) -> Result<Option<User>, Fault> {
    let id = app.stores.users.find_by_name(name).await?;
    app.stores.users.find(id.unwrap_or_else(|| UserId::generate(now))).await
}

/// The outcome of a sign-in with a password.
pub enum PasswordSignIn {
    /// The user may sign in.
    Allowed(User, CountedSignIn),
    /// The password is right, but the user is deleted and must restore their account first; recorded as a refusal.
    Deleted(User, CountedSignIn),
    /// There is no such user with this password; recorded.
    Refused,
}

/// Counts a sign-in, and decides whether there is a user with this name and password. An unknown name, a wrong password
/// and a disabled user cost the same work: the counts, two reads, one hash, and one write into the audit trail of the
/// user's account or of no account. A hash of another system costs its own work besides, until it is replaced here.
///
/// # Errors
///
/// [`Throttled`] only.
#[boxed]
pub async fn verify(
    app: &App,
    name: &SignInName,
    password: &Password,
    request: &Request,
    now: Timestamp,
) -> Result<PasswordSignIn, Throttled> {
    let (counted, user) = counted_sign_in::count(app, name.as_str(), request, now, find(app, name, now)).await?;
    let expected = user.as_ref().and_then(|user| user.password_hash.as_ref());
    let verified = app.passwords.verify(password, expected).await.map_err(Fault::broken)?;
    match (user, verified) {
        (Some(user), Verified::Right) if user.is_enabled() => Ok(PasswordSignIn::Allowed(user, counted)),
        (Some(user), Verified::Outdated(new)) if user.is_enabled() => {
            app.stores.users.upgrade_password_hash(&user, &new).await?;
            Ok(PasswordSignIn::Allowed(user, counted))
        }
        (user, verified) => {
            app.stores.audit.record(&refusal(user.as_ref(), request.origin(), now)).await?;
            Ok(match user.filter(|user| user.is_restorable(now) && verified != Verified::Wrong) {
                Some(user) => PasswordSignIn::Deleted(user, counted),
                None => PasswordSignIn::Refused,
            })
        }
    }
}

/// A failed sign-in, as the audit trail records it.
pub fn refusal(user: Option<&User>, origin: Origin, now: Timestamp) -> AuditEvent {
    AuditEvent::new(AuditAction::UserSignedIn, origin, now).refused().of_user(user)
}

/// A failed sign-in with a user key, as the audit trail records it.
pub fn key_refusal(key: UserKeyName, user: Option<&User>, origin: Origin, now: Timestamp) -> AuditEvent {
    AuditEvent::new(AuditAction::UserKeyUsed, origin, now).about(key.key_id).refused().of_user(user)
}

/// Creates a user's session at the JSON API, not yet stored, and its first refresh token.
pub fn api_session(app: &App, user: &User, device: Device, now: Timestamp) -> (Session, RefreshToken) {
    let id = SessionId::generate(now);
    let (token, secret_hash) = RefreshToken::first(user.id, id, TokenKind::FirstParty);
    let credential = SessionCredential { id, secret_hash };
    (Session::begin(credential, user, SessionKind::FirstParty, app.config.refresh, device, now), token)
}

/// Creates the session of a user who authenticates at our pages, not yet stored, and the token for its cookie.
pub fn browser_session(
    app: &App,
    user: &User,
    id: SessionId,
    authenticated_by: AuthenticationMethod,
    device: Device,
    now: Timestamp,
) -> (Session, BrowserToken) {
    let (token, secret_hash) = BrowserToken::generate(user.id, id);
    let lifetime = app.config.browser_session_lifetime;
    let lifetimes = RefreshLifetimes { idle: lifetime, total: Some(lifetime), grace: app.config.refresh.grace };
    let credential = SessionCredential { id, secret_hash };
    let session = Session::begin(credential, user, SessionKind::Browser, lifetimes, device, now);
    (Session { authenticated_by, ..session }, token)
}
