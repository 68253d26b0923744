//! The page of a mailed link that changes a user's address.

use lambda_http::http::StatusCode;
use maud::html;
use shared::app::App;
use shared::domain::input::fields::Fields;
use shared::http::error::page::PageError;
use shared::http::page::browser_context::BrowserContext;
use shared::http::page::{email, known_as};
use shared::http::{Request, Response};
use shared::paths::{ACCOUNT, CHANGE_EMAIL, CONFIRM_EMAIL};
use shared::service::email_link::change_email;
use shared::service::email_link::redeem::LinkOutcome;

use super::link;
use crate::message_page::{MessagePage, Purpose};

const PURPOSE: Purpose<'_> = Purpose::anonymous(CONFIRM_EMAIL);
const AGAIN: (&str, &str) = ("Request a new link", CHANGE_EMAIL);

/// Shows what a valid link does, and a button; nothing is changed.
pub(crate) async fn show(app: &App, browser: &BrowserContext, fields: &Fields) -> Result<Response, PageError> {
    let token = link::token(fields);
    let loaded = change_email::find(app, &token, browser.now).await?.ok_or_else(|| link::void(AGAIN))?;
    let hidden = PURPOSE.hidden(app, browser, &[("token", &token)]).await?;
    let content = html! {
        form method="post" action=(CONFIRM_EMAIL) {
            (hidden)
            button.main.block type="submit" { "Use this address" }
        }
    };
    let lead = html! { "You will then sign in with " strong { (email(&loaded.link.email)) } "." };
    let title = "Confirm your new e-mail address";
    Ok(MessagePage { status: StatusCode::OK, title, lead, notice: None, content }.response(app, browser))
}

/// Changes the address.
pub(crate) async fn submit(
    app: &App,
    browser: &BrowserContext,
    request: &Request,
    fields: Fields,
) -> Result<Response, PageError> {
    let token = link::token(&fields);
    let again = link::address(CONFIRM_EMAIL, &token);
    PURPOSE.again_at(&again).check(app, browser, request, &fields).await?;
    match change_email::confirm(app, request, &token, browser.now).await? {
        LinkOutcome::Done(user) => {
            let lead = html! { "From now on you sign in with " strong { (known_as(&user)) } "." };
            Ok(MessagePage::done("Your address was changed", lead, ("Go to your account", ACCOUNT))
                .response(app, browser))
        }
        LinkOutcome::Void => Err(link::void(AGAIN)),
        LinkOutcome::Raced => Err(link::raced(("Try again", again))),
        LinkOutcome::EmailTaken => {
            let message = "Another account has this e-mail address. Your address was not changed.";
            let error = PageError::new(StatusCode::CONFLICT, "email_taken", "This address is taken", message);
            Err(error.leading_to("Use another address", CHANGE_EMAIL))
        }
    }
}
