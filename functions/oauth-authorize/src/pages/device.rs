//! What a user sees who answered an app on another device.

use lambda_http::http::StatusCode;
use maud::html;
use shared::app::App;
use shared::domain::client::Client;
use shared::http::Response;
use shared::http::page::Page;
use shared::paths::ACCOUNT;

/// They said yes.
pub(crate) fn connected(app: &App, client: &Client) -> Response {
    let content = html! {
        h1 { "Your device is connected" }
        p.lead { strong { (client.metadata.name) } " goes on by itself in a few seconds. You can close this page." }
        p.after { "You can disconnect it on " a href=(ACCOUNT) { "your account page" } "." }
    };
    page(app, "Your device is connected", content)
}

/// They said no.
pub(crate) fn denied(app: &App) -> Response {
    let content = html! {
        h1 { "Nothing was connected" }
        p.lead { "The device did not get access to your account. You can close this page." }
    };
    page(app, "Nothing was connected", content)
}

fn page(app: &App, title: &str, content: maud::Markup) -> Response {
    Page { status: StatusCode::OK, title, content, form_target: None, is_wide: false }.response(&app.config.brand)
}
