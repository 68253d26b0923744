//! The page on which a user undoes the deletion of their account.

use lambda_http::http::StatusCode;
use maud::html;
use shared::app::App;
use shared::domain::input::fields::Fields;
use shared::domain::user::User;
use shared::http::error::page::PageError;
use shared::http::page::browser_context::BrowserContext;
use shared::http::page::known_as;
use shared::http::{Request, Response};
use shared::paths::{FORGOT_PASSWORD, RESTORE_ACCOUNT, SIGN_IN};
use shared::service::user::restoration;

use super::link;
use crate::message_page::{MessagePage, Purpose};
use shared::http::page::moment::moment;

const PURPOSE: Purpose<'_> = Purpose::anonymous(RESTORE_ACCOUNT);
const AGAIN: (&str, &str) = ("Go to the sign-in page", SIGN_IN);

/// Shows whose account it is and what comes back, and a button; nothing is changed, because mail programs open links by themselves.
pub(crate) async fn show(app: &App, browser: &BrowserContext, fields: &Fields) -> Result<Response, PageError> {
    let token = link::token(fields);
    let user = find(app, browser, &token).await?;
    let hidden = PURPOSE.hidden(app, browser, &[("token", &token)]).await?;
    let content = html! {
        @if let Some(until) = user.restorable_until {
            p { "Its data is deleted on " (moment(until)) ". If you keep it, everything is as it was: your contacts, apps, keys and connected apps. You sign in again on each device." }
        }
        form method="post" action=(RESTORE_ACCOUNT) {
            (hidden)
            button.main.block type="submit" { "Keep my account" }
        }
        p.after { "If you do not want to keep it, there is nothing to do." }
    };
    let lead = html! {
        "The account of " strong { (known_as(&user)) } " was deleted"
        @if let Some(at) = user.deleted_at { " on " (moment(at)) }
        "."
    };
    let page = MessagePage { status: StatusCode::OK, title: "Keep your account?", lead, notice: None, content };
    Ok(page.response(app, browser))
}

/// Restores the account.
pub(crate) async fn submit(
    app: &App,
    browser: &BrowserContext,
    request: &Request,
    fields: Fields,
) -> Result<Response, PageError> {
    let (token, again) = link::submitted(app, browser, request, &fields, RESTORE_ACCOUNT).await?;
    let user = find(app, browser, &token).await?;
    if restoration::restore(app, user, request, browser.now).await?.is_none() {
        return Err(link::raced(("Try again", again)));
    }
    let content = html! {
        a.button.main.block href=(SIGN_IN) { "Go to the sign-in page" }
        p.after { "Did another person delete it? " a href=(FORGOT_PASSWORD) { "Choose a new password" } }
    };
    let lead = html! { "Everything is as it was. Sign in again on each device." };
    let page = MessagePage { status: StatusCode::OK, title: "You keep your account", lead, notice: None, content };
    Ok(page.response(app, browser))
}

async fn find(app: &App, browser: &BrowserContext, token: &str) -> Result<User, PageError> {
    restoration::find(app, token, browser.now).await?.ok_or_else(|| link::void(AGAIN))
}
