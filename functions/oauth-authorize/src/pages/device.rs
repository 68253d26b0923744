//! The pages after a user's decision on an app on another device.

use lambda_http::http::StatusCode;
use maud::html;
use shared::app::App;
use shared::domain::client::Client;
use shared::http::Response;
use shared::http::page::Page;
use shared::paths::ACCOUNT;

/// The page after an approval.
pub(crate) fn connected(app: &App, client: &Client) -> Response {
    let content = html! {
        h1 { "Your device is connected" }
        p.lead { strong { (client.metadata.name) } " continues automatically in a few seconds. You can close this page." }
        p.after { "You can disconnect it on " a href=(ACCOUNT) { "your account page" } "." }
    };
    page(app, "Your device is connected", content)
}

/// The page after a denial.
pub(crate) fn denied(app: &App) -> Response {
    let content = html! {
        h1 { "Nothing was connected" }
        p.lead { "The device did not get access to your account. You can close this page." }
    };
    page(app, "Nothing was connected", content)
}

fn page(app: &App, title: &str, content: maud::Markup) -> Response {
    Page { status: StatusCode::OK, title, content, is_wide: false }.response(&app.config.brand)
}
