//! The page of the apps that a user created, on which they end the registration access token of one.

use lambda_http::http::StatusCode;
use maud::{Markup, html};
use shared::domain::audit::{AuditAction, AuditEvent};
use shared::domain::client::Client;
use shared::domain::client::id::AppId;
use shared::domain::input::fields::Fields;
use shared::http::error::page::PageError;
use shared::http::page::moment::date;
use shared::http::page::see_other;
use shared::http::{Request, Response};
use shared::paths::{ACCOUNT, OWN_APPS};
use shared::store::AppChanged;

use crate::message_page::MessagePage;
use crate::signed_in_page::SignedInPage;

/// The most apps that are shown.
const MOST: usize = 500;

/// Shows the apps of the account.
pub(crate) async fn show(at: SignedInPage<'_>) -> Result<Response, PageError> {
    let (apps, _) = at.app.stores.apps.list(at.user.account_id, None, MOST, false).await?;
    let hidden = at.hidden().await?;
    let content = html! {
        @if apps.is_empty() {
            p.quiet { "Your account has no apps. Apps that you create or register are listed here." }
        } @else {
            ul.rows { @for app in &apps { (own_app(at, app, &hidden)) } }
        }
        p.after { a href=(ACCOUNT) { "Go to your account" } }
    };
    let lead = html! { "Apps that you created or registered." };
    Ok(at.page(MessagePage { status: StatusCode::OK, title: "Your apps", lead, notice: None, content }))
}

/// Ends the registration access token of an app and returns to the page. Repeated, there is none left.
pub(crate) async fn submit(at: SignedInPage<'_>, request: &Request, fields: &Fields) -> Result<Response, PageError> {
    at.check(request, fields).await?;
    let id = fields.text("app").ok().flatten().and_then(AppId::parse).ok_or_else(PageError::not_found)?;
    let event = AuditEvent::new(AuditAction::RegistrationTokenEnded, request.origin(), at.browser.now);
    match at.app.stores.apps.end_registration_token(at.user.account_id, id).await? {
        AppChanged::Done(_) => at.app.stores.audit.record(&event.of_user(at.user).about(id)).await?,
        AppChanged::Revoked => {}
        AppChanged::NotFound => return Err(PageError::not_found()),
    }
    Ok(see_other(OWN_APPS))
}

fn own_app(at: SignedInPage<'_>, app: &Client, hidden: &Markup) -> Markup {
    let name = &app.metadata.name;
    let id = app.client_id.app_id().map(|id| id.to_string()).unwrap_or_default();
    let is_held = app.owner.is_some_and(|owner| owner.is_held_by(at.user));
    html! {
        li.row {
            div {
                p.title {
                    (name)
                    @if app.disabled_at.is_some() || is_held { " " span.tag { "disabled" } }
                }
                p.quiet { code { (app.client_id) } }
                p.quiet { "Created on " (date(app.created_at)) }
                @if app.has_valid_registration_token(at.user) {
                    p.quiet { "It has a registration access token, with which it changes its own registration and deletes it." }
                }
            }
            @if app.has_valid_registration_token(at.user) {
                form method="post" action=(OWN_APPS) {
                    (hidden)
                    input type="hidden" name="app" value=(id);
                    button.small.danger type="submit" name="action" value="end-token" aria-label={ "End the token: " (name) } { "End the token" }
                }
            }
        }
    }
}
