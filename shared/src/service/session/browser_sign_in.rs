//! Completing a sign-in in a browser.

use async_recursion::async_recursion as boxed;
use futures_util::future::try_join;

use crate::app::App;
use crate::domain::audit::{AuditAction, AuditEvent};
use crate::domain::session::Session;
use crate::domain::session::browser_token::BrowserToken;
use crate::domain::session::id::SessionId;
use crate::domain::session::proof::AuthenticationMethod;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::User;
use crate::fault::Fault;
use crate::http::page::cookie::{Cookie, Cookies};
use crate::http::page::visit::Visit;
use crate::http::{Request, Response};
use crate::paths::ACCOUNT;
use crate::service::session::{sign_in, sign_out};

/// A session that began in this browser, and the token for its cookie.
pub struct BrowserSignIn {
    /// The session.
    pub session: Session,
    /// The cookie.
    pub token: BrowserToken,
}

/// Begins a session and records the event, side by side. A user who was signed in here already keeps their session,
/// with a new cookie, so that the sessions of their apps continue.
///
/// # Errors
///
/// [`Fault`] when the tables cannot be written.
#[boxed]
pub async fn begin_session(
    app: &App,
    visit: &Visit,
    user: &User,
    authenticated_by: AuthenticationMethod,
    request: &Request,
    now: Timestamp,
) -> Result<BrowserSignIn, Fault> {
    let (sessions, audit) = (&app.stores.sessions, &app.stores.audit);
    let event =
        |session: &Session| AuditEvent::new(AuditAction::UserSignedIn, request.origin(), now).of_session(session);
    if let Some((before, _)) = visit.signed_in().filter(|(_, before)| before.id == user.id) {
        let (session, token) = sign_in::browser_session(app, user, before.id, authenticated_by, request.device(), now);
        if try_join(sessions.renew(&session), audit.record(&event(&session))).await?.0 {
            return Ok(BrowserSignIn { session, token });
        }
    }
    let (session, token) =
        sign_in::browser_session(app, user, SessionId::generate(now), authenticated_by, request.device(), now);
    try_join(sessions.begin(&session), audit.record(&event(&session))).await?;
    Ok(BrowserSignIn { session, token })
}

/// Continues with the authorization, or at the account page, and sets the cookies of the session and of a known browser.
/// Another user who was signed in here is signed out.
///
/// # Errors
///
/// [`Fault`] when the tables cannot be read or written.
pub async fn complete(
    app: &App,
    visit: &Visit,
    begun: &BrowserSignIn,
    request: &Request,
    lead: impl FnOnce(&str) -> Response,
) -> Result<Response, Fault> {
    let (BrowserSignIn { session, token }, now) = (begun, app.clock.now());
    let note = async {
        match visit.maybe_pending() {
            Some(pending) => app.stores.authorizations.note_sign_in(pending.id, session.id, now).await,
            None => Ok(()),
        }
    };
    let end_predecessor = async {
        match visit.signed_in() {
            Some((before, _)) if before.user_id != session.user_id => {
                let event = AuditEvent::new(AuditAction::SessionEnded, request.origin(), now).of_session(before);
                sign_out::end_browser_session(app, before, &event, now).await
            }
            _ => Ok(()),
        }
    };
    try_join(note, end_predecessor).await?;
    let mut response = lead(&visit.way_on().unwrap_or_else(|| ACCOUNT.to_owned()));
    let (cookies, lifetime) = (Cookies::of(&visit.browser.issuer), app.config.browser_session_lifetime);
    cookies.set(&mut response, Cookie::Session, &token.cookie_value(), Some(lifetime));
    cookies.remember(&mut response, &visit.browser.known);
    Ok(response)
}
