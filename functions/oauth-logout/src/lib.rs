//! `GET,POST /oauth2/logout`: an app requests that the user is signed out of our pages (OpenID Connect RP-Initiated Logout).

mod page;
mod request;

use std::sync::Arc;

use lambda_http::http::Method;
use shared::app::App;
use shared::domain::audit::{AuditAction, AuditEvent};
use shared::http::error::authorize::AuthorizeError;
use shared::http::methods::Methods;
use shared::http::page::cookie::{Cookie, Cookies};
use shared::http::page::form_guard::{FIELD, FormGuard, FormUse};
use shared::http::page::{see_other, taken_on};
use shared::http::{Request, Response};
use shared::keys::KeyUse;
use shared::lambda::Endpoint;
use shared::paths::LOGOUT;
use shared::service::session::sign_out;
use shared::store::Load;

use request::LogoutRequest;

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::new(env!("CARGO_PKG_NAME"), Methods::Of(&[Method::GET, Method::POST]), handle)
        .same_origin()
        .uses(&[KeyUse::Published, KeyUse::Mac])
}

/// Signs out: at once if the app proves by an ID token that it means this session, and otherwise when the user confirms.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, AuthorizeError> {
    let is_form = request.head.method == Method::POST;
    let fields = if is_form { request.form()? } else { request.query_fields()? };
    let confirmation = fields.text(FIELD).ok().flatten();
    if is_form && confirmation.is_none() {
        // A form that an app posts brings no cookie (SameSite=Lax); a GET of the same request does.
        return Ok(see_other(&request::as_query(&fields)));
    }
    let now = app.clock.now();
    let asked = LogoutRequest::read(&app, &fields).await?;
    let issuer = app.keys.issuer(&app.stores.keys).await?;
    let token = Cookies::of(&issuer).browser_token(&request.head);
    let load = Load {
        client: asked.client_id.clone(),
        user: token.as_ref().map(|token| token.user_id),
        session: token.as_ref().map(|token| token.session_id),
        ..Load::default()
    };
    let loaded = app.load(load).await?;
    let session = loaded.session.as_ref().filter(|session| token.is_some_and(|token| token.opens(session)));
    let user = session.and(loaded.live_session(now)).map(|(_, user)| user);
    let target = asked.target(loaded.live_client(now), user)?;
    // A client that the operator does not vouch for could lead any browser anywhere by its link. It is followed for one of
    // which it proves that the user signed in to it, and behind a confirmation that says where it leads.
    let is_confirmed = confirmation.is_some() && session.is_some();
    let is_meant = is_confirmed || session.is_some_and(|session| asked.means(session));
    let is_vouched_for = loaded.live_client(now).is_some_and(|client| client.standing.is_vouched_for());
    if let Some(session) = session {
        let guard = FormGuard::of(&app, &request.head).await?;
        let form = FormUse { purpose: "logout", session: Some(session.id) };
        if let Some(confirmation) = confirmation {
            guard.check(&app, &request.head, Some(confirmation), form, Some(LOGOUT.to_owned())).await?;
        } else if loaded.live_session(now).is_some() && !asked.means(session) {
            let token = guard.token(&app, form).await?;
            let mut response = page::confirmation(&app, &token, &asked, loaded.live_client(now), target.as_ref());
            guard.remember(&mut response);
            return Ok(response);
        }
        // A session that has already ended is ended once more: the first time may have been interrupted.
        let event = AuditEvent::new(AuditAction::UserSignedOut, request.origin(), now).of_session(session);
        sign_out::end_browser_session(&app, session, &event, now).await?;
    }
    let mut response = match &target {
        // No form leads away: browsers would follow it only to what its page allows.
        Some(target) if is_confirmed => taken_on(&app.config.brand, &target.shown(), &target.address()),
        Some(target) if is_meant || is_vouched_for => see_other(&target.address()),
        target => page::signed_out(&app, target.as_ref()),
    };
    Cookies::of(&issuer).clear(&mut response, Cookie::Session);
    Ok(response)
}
