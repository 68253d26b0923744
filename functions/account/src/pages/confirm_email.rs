//! The page of a mailed link that changes a user's address.

use lambda_http::http::StatusCode;
use maud::html;
use shared::app::App;
use shared::domain::audit::AuditAction;
use shared::domain::input::fields::{Fields, Mistakes};
use shared::http::error::page::PageError;
use shared::http::page::browser_context::BrowserContext;
use shared::http::page::{email, known_as};
use shared::http::{Request, Response};
use shared::paths::{ACCOUNT, CHANGE_EMAIL, CONFIRM_EMAIL};
use shared::service::email_link::change_email;
use shared::service::email_link::redeem::{LinkOutcome, LoadedLink};

use super::account_proof::{AccountProof, account, sign_in_to_confirm};
use super::link;
use crate::message_page::{MessagePage, Purpose};

const PURPOSE: Purpose<'_> = Purpose::anonymous(CONFIRM_EMAIL);
const AGAIN: (&str, &str) = ("Request a new link", CHANGE_EMAIL);

/// Shows whose account it is and what the link does; nothing is changed.
pub(crate) async fn show(app: &App, browser: &BrowserContext, fields: &Fields) -> Result<Response, PageError> {
    let token = link::token(fields);
    let loaded = find(app, browser, &token).await?;
    page(app, browser, &loaded, &token, StatusCode::OK, &Mistakes::new()).await
}

/// Changes the address, if it is the account's user who follows the link: an address must not come to an account of another
/// party because its owner pressed a button.
pub(crate) async fn submit(
    app: &App,
    browser: &BrowserContext,
    request: &Request,
    fields: Fields,
) -> Result<Response, PageError> {
    let (token, again) = link::submitted(app, browser, request, &fields, CONFIRM_EMAIL).await?;
    let loaded = find(app, browser, &token).await?;
    let proof = AccountProof::of(browser, &loaded.user);
    let checked = proof.check(app, &loaded.user, fields, AuditAction::EmailChanged, request).await?;
    if let Err(mistakes) = checked {
        return page(app, browser, &loaded, &token, StatusCode::BAD_REQUEST, &mistakes).await;
    }
    match change_email::confirm(app, request, loaded, browser.now).await? {
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

async fn find(app: &App, browser: &BrowserContext, token: &str) -> Result<LoadedLink, PageError> {
    change_email::find(app, token, browser.now).await?.ok_or_else(|| link::void(AGAIN))
}

async fn page(
    app: &App,
    browser: &BrowserContext,
    loaded: &LoadedLink,
    token: &str,
    status: StatusCode,
    mistakes: &Mistakes,
) -> Result<Response, PageError> {
    let hidden = PURPOSE.hidden(app, browser, &[("token", token)]).await?;
    let proof = AccountProof::of(browser, &loaded.user);
    let content = html! {
        (account(&loaded.user))
        @if proof == AccountProof::Provider { (sign_in_to_confirm()) } @else {
            form method="post" action=(CONFIRM_EMAIL) {
                (hidden)
                (proof.field(&loaded.user, mistakes))
                button.main.block type="submit" { "Use this address" }
            }
        }
        p.after { "Not your account? Then close this page, and nothing changes." }
    };
    let lead = html! { "The user of this account will then sign in with " strong { (email(&loaded.link.email)) } "." };
    let title = "Confirm your new e-mail address";
    Ok(MessagePage { status, title, lead, notice: None, content }.response(app, browser))
}
