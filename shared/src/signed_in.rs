//! After somebody proved who they are.

use futures_util::future::try_join;

use crate::app::App;
use crate::audit::{AuditAction, AuditEvent, Origin};
use crate::browser_session::BrowserToken;
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::http::cookie::{Cookie, Cookies};
use crate::http::page::see_other;
use crate::http::{Request, Response};
use crate::paths::{ACCOUNT, AUTHORIZE_CONTINUE};
use crate::session::{Session, SessionId};
use crate::user::User;
use crate::visit::Visit;
use crate::{sign_in, sign_out};

/// Begins a session, and writes it down side by side. Somebody who was signed in here already keeps it, with a new cookie,
/// so that their apps go on.
///
/// # Errors
///
/// [`Fault`] when the tables cannot be written.
pub async fn begin_session(
    app: &App,
    visit: &Visit,
    user: &User,
    request: &Request,
    now: Timestamp,
) -> Result<(Session, BrowserToken), Fault> {
    let (sessions, audit) = (&app.stores.sessions, &app.stores.audit);
    let event =
        |session: &Session| AuditEvent::new(AuditAction::UserSignedIn, request.origin(), now).of_session(session);
    if let Some((before, _)) = visit.signed_in().filter(|(_, before)| before.id == user.id) {
        let (session, token) = sign_in::browser_session(app, user, before.id, request.device(), now);
        if try_join(sessions.renew(&session), audit.record(&event(&session))).await?.0 {
            return Ok((session, token));
        }
    }
    let (session, token) = sign_in::browser_session(app, user, SessionId::generate(now), request.device(), now);
    try_join(sessions.begin(&session), audit.record(&event(&session))).await?;
    Ok((session, token))
}

/// Goes on with the authorization, or to the account page, with the session's cookie. Whoever else was signed in here
/// is signed out.
///
/// # Errors
///
/// [`Fault`] when the tables cannot be read or written.
pub async fn go_on(
    app: &App,
    visit: &Visit,
    session: &Session,
    token: &BrowserToken,
    origin: Origin,
    now: Timestamp,
) -> Result<Response, Fault> {
    let note = async {
        match visit.maybe_pending() {
            Some(pending) => app.stores.authorizations.note_sign_in(pending.id, session.id, now).await,
            None => Ok(()),
        }
    };
    let end_predecessor = async {
        match visit.signed_in() {
            Some((before, _)) if before.user_id != session.user_id => {
                let event = AuditEvent::new(AuditAction::SessionEnded, origin, now).of_session(before);
                sign_out::end_browser_session(app, before, &event, now).await
            }
            _ => Ok(()),
        }
    };
    try_join(note, end_predecessor).await?;
    let mut response = see_other(&match visit.maybe_pending() {
        Some(pending) => format!("{AUTHORIZE_CONTINUE}?authorization={}", pending.id),
        None => ACCOUNT.to_owned(),
    });
    let lifetime = app.config.browser_session_lifetime;
    Cookies::of(&visit.issuer).set(&mut response, Cookie::Session, &token.cookie_value(), Some(lifetime));
    Ok(response)
}
