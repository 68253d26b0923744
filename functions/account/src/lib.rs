//! `GET,POST /account`: a person sees who they are to us, where they are signed in and which apps they let in, and can end
//! each of it.

mod action;
mod device;
mod overview;
mod page;

use std::sync::Arc;

use lambda_http::http::Method;
use shared::app::App;
use shared::http::form_guard::{FIELD, FormGuard, FormUse};
use shared::http::page::see_other;
use shared::http::page_error::PageError;
use shared::http::{Request, Response};
use shared::keyring::KeyUse;
use shared::lambda::Endpoint;
use shared::paths::{ACCOUNT, SIGN_IN};
use shared::sign_in;
use shared::store::Wanted;

use action::Action;
use overview::Overview;

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::post(env!("CARGO_PKG_NAME"), handle).pages().uses(&[KeyUse::Published, KeyUse::Mac])
}

/// Shows the page, or does what its form says and shows it again.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, PageError> {
    let now = app.clock.now();
    let issuer = app.keys.issuer(&app.stores.keys).await?;
    let token = sign_in::browser_token(&request.head, &issuer);
    let wanted = Wanted {
        user: token.as_ref().map(|token| token.user_id),
        session: token.as_ref().map(|token| token.session_id),
        ..Wanted::default()
    };
    let facts = app.facts(wanted).await?;
    let signed_in = facts.live_session(now).filter(|(session, _)| token.is_some_and(|token| token.opens(session)));
    let Some((session, user)) = signed_in else { return Ok(see_other(SIGN_IN)) };
    let guard = FormGuard::of(&app, &request.head).await?;
    let form = FormUse { purpose: "account", session: Some(session.id) };
    if request.head.method == Method::POST {
        let fields = request.form()?;
        let form_token = fields.text(FIELD).ok().flatten();
        guard.check(&app, &request.head, form_token, form, Some(ACCOUNT.to_owned())).await?;
        return Action::read(&fields)?.perform(&app, &request, session, user, &issuer, now).await;
    }
    let overview = Overview::read(&app, session, user, now).await?;
    let mut response = page::response(&app, &overview, &guard.token(&app, form).await?);
    guard.remember(&mut response);
    Ok(response)
}
