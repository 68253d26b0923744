//! The other provider on our pages.

use lambda_http::http::StatusCode;
use maud::{Markup, html};
use shared::app::App;
use shared::fault::Fault;
use shared::http::Response;
use shared::http::error::authorize::AuthorizeError;
use shared::http::page::visit::Visit;
use shared::paths::UPSTREAM_START;
use shared::upstream::openid::Upstream;

use crate::upstream;

/// Returns whether the providers are the only ways to sign in.
pub(crate) fn only(app: &App) -> bool {
    app.config.signs_in_by_providers_only()
}

/// The provider that is the only way to sign in, if there are no others to choose from.
pub(crate) fn sole(app: &App) -> Option<&Upstream> {
    match app.upstreams.as_slice() {
        [upstream] if only(app) => Some(upstream),
        _ => None,
    }
}

/// The buttons of the providers, beside the other ways to sign in; nothing if there is no provider.
pub(crate) async fn offer(app: &App, visit: &Visit) -> Result<Markup, Fault> {
    if app.upstreams.is_empty() {
        return Ok(html! {});
    }
    let buttons = buttons(app, visit, "block").await?;
    Ok(html! {
        (buttons)
        p.or { span { "or" } }
    })
}

/// The sign-in page where the providers are the only ways to sign in. It does not redirect to the only one by itself without a
/// pending authorization: a user who signs out would be signed in again at once.
pub(crate) async fn page(app: &App, visit: &Visit) -> Result<Response, AuthorizeError> {
    let class = if app.upstreams.len() == 1 { "main block" } else { "block" };
    let content = html! {
        h1 { "Sign in" }
        p.lead { (purpose_line(app, visit)) }
        (buttons(app, visit, class).await?)
    };
    Ok(visit.page(app, StatusCode::OK, "Sign in", content))
}

async fn buttons(app: &App, visit: &Visit, class: &str) -> Result<Markup, Fault> {
    let purpose = upstream::purpose(visit);
    let token = visit.browser.guard.token(app, upstream::form_use(&purpose)).await?;
    Ok(html! {
        @for provider in &app.config.upstreams {
            form.provider method="post" action=(UPSTREAM_START) {
                (visit.hidden(&token))
                input type="hidden" name=(upstream::PROVIDER) value=(provider.issuer);
                button class=(class) type="submit" {
                    // The name beside it says what it is.
                    @if let Some(logo) = &provider.logo { img src=(logo) alt="" width="20" height="20"; }
                    "Continue with " (provider.name)
                }
            }
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
