//! The page of a mailed link that verifies a user's address.

use lambda_http::http::StatusCode;
use maud::html;
use shared::app::App;
use shared::domain::input::fields::Fields;
use shared::http::error::page::PageError;
use shared::http::page::browser_context::BrowserContext;
use shared::http::page::known_as;
use shared::http::{Request, Response};
use shared::paths::{ACCOUNT, VERIFY_EMAIL};
use shared::service::email_link::redeem::LinkOutcome;
use shared::service::email_link::verify_email;

use super::link;
use crate::message_page::{MessagePage, Purpose};

const PURPOSE: Purpose<'_> = Purpose::anonymous(VERIFY_EMAIL);
const AGAIN: (&str, &str) = ("Go to your account", ACCOUNT);

/// Shows a button; nothing is read or changed, because mail programs open links by themselves.
pub(crate) async fn show(app: &App, browser: &BrowserContext, fields: &Fields) -> Result<Response, PageError> {
    let hidden = PURPOSE.hidden(app, browser, &[("token", &link::token(fields))]).await?;
    let content = html! {
        form method="post" action=(VERIFY_EMAIL) {
            (hidden)
            button.main.block type="submit" { "Confirm my address" }
        }
    };
    let lead = html! { "Confirm that our mail reaches you at this address." };
    let title = "Confirm your e-mail address";
    Ok(MessagePage { status: StatusCode::OK, title, lead, notice: None, content }.response(app, browser))
}

/// Verifies the address.
pub(crate) async fn submit(
    app: &App,
    browser: &BrowserContext,
    request: &Request,
    fields: Fields,
) -> Result<Response, PageError> {
    let token = link::token(&fields);
    let again = link::address(VERIFY_EMAIL, &token);
    PURPOSE.again_at(&again).check(app, browser, request, &fields).await?;
    match verify_email::confirm(app, request, &token, browser.now).await? {
        LinkOutcome::Done(user) => {
            let lead = html! { "Thank you. Your address " strong { (known_as(&user)) } " is verified." };
            Ok(MessagePage::done("Your address is confirmed", lead, ("Go to your account", ACCOUNT))
                .response(app, browser))
        }
        LinkOutcome::Raced => Err(link::raced(("Try again", again))),
        LinkOutcome::Void | LinkOutcome::EmailTaken => Err(link::void(AGAIN)),
    }
}
