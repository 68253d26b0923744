//! The actions of the account page.

use maud::html;
use shared::app::App;
use shared::domain::audit::{AuditAction, AuditEvent};
use shared::domain::authorization::consent::ConsentId;
use shared::domain::client::id::{AppId, ClientId};
use shared::domain::input::fields::Fields;
use shared::domain::session::id::SessionId;
use shared::domain::session::kind::SessionKind;
use shared::domain::types::timestamp::Timestamp;
use shared::domain::user::User;
use shared::fault::Fault;
use shared::http::error::page::PageError;
use shared::http::page::cookie::{Cookie, Cookies};
use shared::http::page::{email, see_other};
use shared::http::{Request, Response};
use shared::paths::{ACCOUNT, SIGN_IN};
use shared::service::email_link::verify_email;
use shared::service::session::sign_out;
use shared::store::{AppChanged, AppSwitch, Load};

use crate::message_page::MessagePage;
use crate::pages::link;
use crate::signed_in_page::{SignedInPage, leading_back};

/// An action of the account page.
pub(crate) enum Action {
    /// Withdraw a consent; the app's tokens are revoked at once.
    Disconnect(ClientId, ConsentId),
    /// End one session.
    EndSession(SessionId),
    /// Unlink an identity at another provider, given by its key in the table, and end all sessions but this one.
    Unlink(String),
    /// Keep an app that was made before the address was verified.
    KeepApp(AppId),
    /// Delete such an app.
    DeleteApp(AppId),
    /// End every session and every app's access.
    SignOutEverywhere,
    /// End this session.
    SignOut,
    /// Send a link that verifies the user's address.
    SendVerification,
}

/// Performs the action of a submitted form.
pub(crate) async fn submit(at: SignedInPage<'_>, request: &Request, fields: Fields) -> Result<Response, PageError> {
    at.check(request, &fields).await?;
    Action::read(&fields)?.perform(at, request).await
}

impl Action {
    /// Parses the form.
    fn read(fields: &Fields) -> Result<Self, PageError> {
        let text = |name| fields.text(name).ok().flatten().unwrap_or_default();
        let action = match text("action") {
            "disconnect" => {
                let pair = ClientId::parse(text("client_id")).zip(ConsentId::parse(text("consent_id")));
                pair.map(|(client, consent)| Self::Disconnect(client, consent))
            }
            "end-session" => SessionId::parse(text("session_id")).map(Self::EndSession),
            "unlink" => Some(Self::Unlink(text("provider").to_owned())),
            "keep-app" => AppId::parse(text("app")).map(Self::KeepApp),
            "delete-app" => AppId::parse(text("app")).map(Self::DeleteApp),
            "sign-out-everywhere" => Some(Self::SignOutEverywhere),
            "sign-out" => Some(Self::SignOut),
            "send-verification" => Some(Self::SendVerification),
            _ => None,
        };
        action.ok_or_else(|| {
            PageError::bad_request("The form was incomplete. Please try again.")
                .leading_to("Go to your account", ACCOUNT)
        })
    }

    /// Performs the action and records it, each with writes that may be repeated. Redirects to the account page or the sign-in page.
    async fn perform(self, at: SignedInPage<'_>, request: &Request) -> Result<Response, PageError> {
        let SignedInPage { app, session, user, .. } = at;
        let now = at.browser.now;
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
            Self::Unlink(key) => {
                unlink(at, &key, event(AuditAction::UpstreamUnlinked)).await?;
                false
            }
            Self::KeepApp(id) => {
                keep(at, id, event(AuditAction::AppEnabled)).await?;
                false
            }
            Self::DeleteApp(id) => {
                let event = event(AuditAction::AppRevoked).of_user(user).about(id);
                let revoked = app.stores.apps.revoke(user.account_id, id, now).await?;
                record(app, &revoked, &event).await?;
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
            Self::SendVerification => return send_verification(at, request).await,
        };
        let mut response = see_other(if ends_this { SIGN_IN } else { ACCOUNT });
        if ends_this {
            Cookies::of(&at.browser.issuer).clear(&mut response, Cookie::Session);
        }
        Ok(response)
    }
}

/// Sends the link and confirms it on a page; a verified address needs no link.
async fn send_verification(at: SignedInPage<'_>, request: &Request) -> Result<Response, PageError> {
    if at.user.is_email_verified() {
        return Ok(see_other(ACCOUNT));
    }
    if at.app.config.mail_from.is_none() {
        return Err(link::no_mail().leading_to("Go to your account", ACCOUNT));
    }
    let Some(address) = &at.user.email else { return Ok(see_other(ACCOUNT)) };
    verify_email::send(at.app, at.user, address, request, at.browser.now).await.map_err(leading_back)?;
    let lead = html! { "We sent a link to " strong { (email(address)) } ". It is valid for 24 hours. If no message arrives, check your spam folder." };
    Ok(at.page(MessagePage::done("Check your mail", lead, ("Go to your account", ACCOUNT))))
}

/// Deletes a link and ends all other sessions, unless it is the user's only way to sign in; a missing link is already deleted.
async fn unlink(at: SignedInPage<'_>, key: &str, event: AuditEvent) -> Result<(), PageError> {
    let Some(link) = at.user.upstream.iter().find(|link| link.identity.key() == key) else { return Ok(()) };
    let event = event.of_user(at.user).about(&link.identity.issuer);
    if !at.user.can_do_without(&link.identity) {
        at.app.stores.audit.record(&event.refused()).await?;
        return Err(PageError::bad_request("This is your only way to sign in. Set a password first.")
            .leading_to("Go to your account", ACCOUNT));
    }
    if at.app.stores.unlink_upstream(at.user, at.session, &link.identity, &event).await? {
        return Ok(());
    }
    Err(link::raced(("Go to your account", ACCOUNT.to_owned())))
}

/// Makes an app work again; the user must have signed in a moment ago, because it acts in their name from then on.
async fn keep(at: SignedInPage<'_>, id: AppId, event: AuditEvent) -> Result<(), PageError> {
    at.ensure_recent_sign_in()?;
    let on = AppSwitch::On(at.user.authenticators);
    let kept = at.app.stores.apps.switch(at.user.account_id, id, on).await?;
    Ok(record(at.app, &kept, &event.of_user(at.user).about(id)).await?)
}

/// Records a change that was done; of a missing or revoked app there is nothing to record.
async fn record(app: &App, changed: &AppChanged, event: &AuditEvent) -> Result<(), Fault> {
    match changed {
        AppChanged::Done(_) => app.stores.audit.record(event).await,
        AppChanged::Revoked | AppChanged::NotFound => Ok(()),
    }
}

/// Ends another session of the same user; a missing session has already ended.
async fn end_other(app: &App, user: &User, id: SessionId, event: AuditEvent, now: Timestamp) -> Result<(), Fault> {
    let load = Load { user: Some(user.id), session: Some(id), ..Load::default() };
    let Some(other) = app.load(load).await?.session else { return Ok(()) };
    let event = event.of_session(&other);
    if other.kind == SessionKind::Browser {
        return sign_out::end_browser_session(app, &other, &event, now).await;
    }
    app.stores.end_session(&other, &event, now).await
}
