//! The page of a mailed link by which a user says that something was not added to their account by them.

use lambda_http::http::StatusCode;
use maud::{Markup, html};
use shared::app::App;
use shared::domain::input::fields::Fields;
use shared::domain::user::User;
use shared::domain::user::binding::{Binding, UserBinding};
use shared::http::error::page::PageError;
use shared::http::page::browser_context::BrowserContext;
use shared::http::page::known_as;
use shared::http::{Request, Response};
use shared::paths::{ACCOUNT, FORGOT_PASSWORD, NOT_ME};
use shared::service::not_me;

use super::link;
use crate::message_page::{MessagePage, Purpose};
use shared::http::page::moment::moment;

const PURPOSE: Purpose<'_> = Purpose::anonymous(NOT_ME);
const AGAIN: (&str, &str) = ("Go to your account", ACCOUNT);

/// Shows what was added and what ends, and a button; nothing is changed, because mail programs open links by themselves.
pub(crate) async fn show(app: &App, browser: &BrowserContext, fields: &Fields) -> Result<Response, PageError> {
    let token = link::token(fields);
    let (binding, user) = find(app, browser, &token).await?;
    let hidden = PURPOSE.hidden(app, browser, &[("token", &token)]).await?;
    let content = html! {
        p {
            "If it was not you, this ends at once everything that was set up in your name: your password, all sessions, user keys, connected apps and linked providers."
            @if binding.what.app().is_some() { " The app is disabled." }
            @if binding.what == Binding::Email { " Your account gets its former address back." }
        }
        p { "You then choose a new password by mail." }
        form method="post" action=(NOT_ME) {
            (hidden)
            button.danger.block type="submit" { "This was not me" }
        }
        p.after { "If it was you, there is nothing to do." }
    };
    let lead = html! { (what(&binding, &user)) " on " (moment(binding.at)) "." };
    Ok(MessagePage { status: StatusCode::OK, title: "Was this not you?", lead, notice: None, content }
        .response(app, browser))
}

/// Ends everything.
pub(crate) async fn submit(
    app: &App,
    browser: &BrowserContext,
    request: &Request,
    fields: Fields,
) -> Result<Response, PageError> {
    let (token, again) = link::submitted(app, browser, request, &fields, NOT_ME).await?;
    let (binding, user) = find(app, browser, &token).await?;
    if !not_me::end(app, request, &binding, &user, browser.now).await? {
        return Err(link::raced(("Try again", again)));
    }
    let lead = html! {
        @if binding.what == Binding::Email { "It has its former address back. " }
        "Nothing that was set up before works any more. Choose a new password to sign in again."
    };
    Ok(MessagePage::done("Your account is safe", lead, ("Choose a new password", FORGOT_PASSWORD))
        .response(app, browser))
}

async fn find(app: &App, browser: &BrowserContext, token: &str) -> Result<(UserBinding, User), PageError> {
    not_me::find(app, token, browser.now).await?.ok_or_else(|| link::void(AGAIN))
}

/// What was done, as the beginning of a sentence.
fn what(binding: &UserBinding, user: &User) -> Markup {
    let user = html! { strong { (known_as(user)) } };
    match binding.what {
        Binding::UserKey => html! { "A user key was added to the account of " (user) },
        Binding::App(_) => html! { "An app was created in the account of " (user) },
        Binding::AppSecret(_) => html! { "An app in the account of " (user) " got a new secret" },
        Binding::Provider => html! { "A provider was linked to the account of " (user) },
        // The address that the account has now is not the reader's.
        Binding::Email => html! { "The address of your account was changed" },
        Binding::Password => html! { "The password of the account of " (user) " was changed" },
        Binding::TakeOver => html! { "The account of " (user) " was given to a user of a provider" },
    }
}
