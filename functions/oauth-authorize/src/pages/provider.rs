//! The other provider on our pages.

use lambda_http::http::StatusCode;
use maud::{Markup, html};
use shared::app::App;
use shared::domain::upstream::provider::Mode;
use shared::fault::Fault;
use shared::http::Response;
use shared::http::error::authorize::AuthorizeError;
use shared::http::page::visit::Visit;
use shared::paths::UPSTREAM_START;
use shared::upstream::openid::Upstream;

use crate::upstream;

/// The provider, if it is the only way to sign in.
pub(crate) fn only(app: &App) -> Option<&Upstream> {
    app.upstream.as_ref().filter(|upstream| upstream.provider.mode == Mode::Only)
}

/// The button of the provider, beside the other ways to sign in; nothing if there is no provider.
pub(crate) async fn offer(app: &App, visit: &Visit) -> Result<Markup, Fault> {
    let Some(upstream) = &app.upstream else { return Ok(html! {}) };
    let button = button(app, visit, upstream, "block").await?;
    Ok(html! {
        (button)
        p.or { span { "or" } }
    })
}

/// The sign-in page without a pending authorization, where the provider is the only way to sign in. It does not redirect there by
/// itself: a user who signs out would be signed in again at once.
pub(crate) async fn page(app: &App, visit: &Visit, upstream: &Upstream) -> Result<Response, AuthorizeError> {
    let content = html! {
        h1 { "Sign in" }
        p.lead { (purpose_line(app, visit)) }
        (button(app, visit, upstream, "main block").await?)
    };
    Ok(visit.page(app, StatusCode::OK, "Sign in", content))
}

async fn button(app: &App, visit: &Visit, upstream: &Upstream, class: &str) -> Result<Markup, Fault> {
    let purpose = upstream::purpose(visit);
    let token = visit.browser.guard.token(app, upstream::form_use(&purpose)).await?;
    Ok(html! {
        form method="post" action=(UPSTREAM_START) {
            (visit.hidden(&token))
            button class=(class) type="submit" { "Continue with " (upstream.provider.name) }
        }
    })
}

/// The purpose of the sign-in.
pub(crate) fn purpose_line(app: &App, visit: &Visit) -> Markup {
    match visit.client(app) {
        Ok(client) if visit.maybe_pending().is_some() => html! { "to continue to " strong { (client.metadata.name) } },
        _ => html! { "to manage your account" },
    }
}
