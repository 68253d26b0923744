//! What a person can do on their account page.

use shared::app::App;
use shared::audit::{AuditAction, AuditEvent};
use shared::client_id::ClientId;
use shared::clock::Timestamp;
use shared::consent::ConsentId;
use shared::fault::Fault;
use shared::http::cookie::{Cookie, Cookies};
use shared::http::page::see_other;
use shared::http::page_error::PageError;
use shared::http::{Fields, Request, Response};
use shared::paths::{ACCOUNT, SIGN_IN};
use shared::session::{Holder, Session, SessionId};
use shared::sign_out;
use shared::store::Wanted;
use shared::user::User;

/// One thing to do.
pub(crate) enum Action {
    /// Take a consent back; the app's tokens stop working at once.
    Disconnect(ClientId, ConsentId),
    /// End one session.
    EndSession(SessionId),
    /// End every session, and with them every app's access.
    SignOutEverywhere,
    /// End this session.
    SignOut,
}

impl Action {
    /// Reads what the form says.
    pub(crate) fn read(fields: &Fields) -> Result<Self, PageError> {
        let text = |name| fields.text(name).ok().flatten().unwrap_or_default();
        let action = match text("action") {
            "disconnect" => {
                let pair = ClientId::parse(text("client_id")).zip(ConsentId::parse(text("consent_id")));
                pair.map(|(client, consent)| Self::Disconnect(client, consent))
            }
            "end-session" => SessionId::parse(text("session_id")).map(Self::EndSession),
            "sign-out-everywhere" => Some(Self::SignOutEverywhere),
            "sign-out" => Some(Self::SignOut),
            _ => None,
        };
        action.ok_or_else(|| {
            PageError::bad_request("The form was incomplete. Please try again.")
                .leading_to("Go to your account", ACCOUNT)
        })
    }

    /// Does it and writes it down, each with writes that may be repeated, and shows the page again, or the sign-in page.
    pub(crate) async fn perform(
        self,
        app: &App,
        request: &Request,
        session: &Session,
        user: &User,
        issuer: &str,
        now: Timestamp,
    ) -> Result<Response, PageError> {
        let event = |action| AuditEvent::new(action, request.origin(), now);
        let ends_this = match self {
            Self::Disconnect(client, consent) => {
                let event = event(AuditAction::ConsentWithdrawn).of_user(user).by_client(&client).about(consent);
                app.stores.withdraw(user.id, &client, consent, &event).await?;
                false
            }
            Self::EndSession(id) if id != session.id => {
                end_other(app, user, id, event(AuditAction::SessionEnded), now).await?;
                false
            }
            Self::SignOutEverywhere => {
                let event = event(AuditAction::UserSignedOutEverywhere).of_user(user);
                app.stores.end_all_sessions(user, &event).await?;
                true
            }
            Self::SignOut | Self::EndSession(_) => {
                let event = event(AuditAction::UserSignedOut).of_session(session);
                sign_out::end_browser_session(app, session, &event, now).await?;
                true
            }
        };
        let mut response = see_other(if ends_this { SIGN_IN } else { ACCOUNT });
        if ends_this {
            Cookies::of(issuer).clear(&mut response, Cookie::Session);
        }
        Ok(response)
    }
}

/// Ends another session of the same person; what is not there has ended already.
async fn end_other(app: &App, user: &User, id: SessionId, event: AuditEvent, now: Timestamp) -> Result<(), Fault> {
    let wanted = Wanted { user: Some(user.id), session: Some(id), ..Wanted::default() };
    let Some(other) = app.facts(wanted).await?.session else { return Ok(()) };
    let event = event.of_session(&other);
    if other.holder == Holder::Browser {
        return sign_out::end_browser_session(app, &other, &event, now).await;
    }
    app.stores.end_session(user.id, other.id, &event, now).await
}
