//! The pages of the sign-out.

use lambda_http::http::StatusCode;
use maud::html;
use shared::app::App;
use shared::domain::client::Client;
use shared::http::Response;
use shared::http::page::Page;
use shared::http::page::form_guard::hidden;
use shared::paths::{ACCOUNT, LOGOUT, SIGN_IN};

use crate::request::{LogoutRequest, Target};

/// Asks the user to confirm the sign-out.
pub(crate) fn confirmation(
    app: &App,
    token: &str,
    asked: &LogoutRequest,
    client: Option<&Client>,
    target: Option<&Target>,
) -> Response {
    let client_id = asked.client_id.as_ref().map(|id| id.to_string());
    let about = [
        ("client_id", client_id.as_deref()),
        ("post_logout_redirect_uri", target.map(Target::redirect_uri)),
        ("state", asked.state.as_deref()),
    ];
    let about: Vec<(&str, &str)> = about.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    let content = html! {
        h1 { "Sign out?" }
        p.lead {
            @if let Some(client) = client { strong { (client.metadata.name) } " requests to sign you out of " }
            @else { "You will be signed out of " }
            (app.config.brand.name) " in this browser"
            @if let Some(target) = target { ", and then you go to " strong { (target.shown()) } }
            "."
        }
        form method="post" action=(LOGOUT) {
            (hidden(token, &about))
            div.pair {
                a.button href=(ACCOUNT) { "Stay signed in" }
                button.main type="submit" { "Sign out" }
            }
        }
    };
    let page = Page { status: StatusCode::OK, title: "Sign out?", content, is_wide: false };
    page.response(&app.config.brand)
}

/// Confirms the sign-out, and shows where the app would have the browser go.
pub(crate) fn signed_out(app: &App, target: Option<&Target>) -> Response {
    let content = html! {
        h1 { "You are signed out" }
        @if let Some(target) = target {
            p.lead { "You can close this page, or go on to " strong { (target.shown()) } "." }
            div.pair {
                a.button href=(SIGN_IN) { "Sign in again" }
                a.button.main href=(target.address()) { "Go on" }
            }
        } @else {
            p.lead { "You can close this page." }
            a.button.block href=(SIGN_IN) { "Sign in again" }
        }
    };
    let page = Page { status: StatusCode::OK, title: "Signed out", content, is_wide: false };
    page.response(&app.config.brand)
}
