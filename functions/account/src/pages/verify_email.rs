//! The page of a mailed link that verifies a user's address: it shows whose account it is, because the owner of the address
//! may not be the user who registered with it.

use lambda_http::http::StatusCode;
use maud::html;
use shared::app::App;
use shared::domain::audit::AuditAction;
use shared::domain::email_link::VerifiedBy;
use shared::domain::input::fields::{Fields, Mistakes};
use shared::http::error::page::PageError;
use shared::http::page::browser_context::BrowserContext;
use shared::http::page::{email, known_as};
use shared::http::{Request, Response};
use shared::paths::{ACCOUNT, FORGOT_PASSWORD, SIGN_IN, VERIFY_EMAIL};
use shared::service::email_link::redeem::{LinkOutcome, LoadedLink};
use shared::service::email_link::verify_email::{self, Presented};

use super::account_proof::{AccountProof, account, sign_in_to_confirm};
use super::link;
use crate::message_page::{MessagePage, Purpose};

const PURPOSE: Purpose<'_> = Purpose::anonymous(VERIFY_EMAIL);
const AGAIN: (&str, &str) = ("Go to your account", ACCOUNT);

/// Shows the account and the choice; nothing is changed, because mail programs open links by themselves.
pub(crate) async fn show(app: &App, browser: &BrowserContext, fields: &Fields) -> Result<Response, PageError> {
    let token = link::token(fields);
    match verify_email::find(app, &token, browser.now).await? {
        Presented::Open(loaded) => page(app, browser, &loaded, &token, StatusCode::OK, &Mistakes::new()).await,
        Presented::Decided(outcome) => decided(app, browser, outcome, &token),
    }
}

/// Verifies the address, or takes it from the account.
pub(crate) async fn submit(
    app: &App,
    browser: &BrowserContext,
    request: &Request,
    fields: Fields,
) -> Result<Response, PageError> {
    let (token, _) = link::submitted(app, browser, request, &fields, VERIFY_EMAIL).await?;
    let loaded = match verify_email::find(app, &token, browser.now).await? {
        Presented::Open(loaded) => *loaded,
        Presented::Decided(outcome) => return decided(app, browser, outcome, &token),
    };
    if fields.text("action").ok().flatten() == Some("disown") {
        return disown(app, browser, request, loaded, &token).await;
    }
    let proof = AccountProof::of(browser, &loaded.user);
    let checked = proof.check(app, &loaded.user, fields, AuditAction::EmailVerified, request).await?;
    if let Err(mistakes) = checked {
        return page(app, browser, &loaded, &token, StatusCode::BAD_REQUEST, &mistakes).await;
    }
    let outcome = verify_email::confirm(app, request, &token, loaded, VerifiedBy::User, browser.now).await?;
    decided(app, browser, outcome, &token)
}

/// The response to a link of which nothing is left to do.
fn decided(app: &App, browser: &BrowserContext, outcome: LinkOutcome, token: &str) -> Result<Response, PageError> {
    match outcome {
        LinkOutcome::Done(user) => {
            let lead = html! { "Thank you. Your address " strong { (known_as(&user)) } " is verified." };
            Ok(MessagePage::done("Your address is confirmed", lead, AGAIN).response(app, browser))
        }
        LinkOutcome::Raced => Err(link::raced(("Try again", link::address(VERIFY_EMAIL, token)))),
        LinkOutcome::Void | LinkOutcome::EmailTaken => Err(link::void(AGAIN)),
    }
}

async fn disown(
    app: &App,
    browser: &BrowserContext,
    request: &Request,
    loaded: LoadedLink,
    token: &str,
) -> Result<Response, PageError> {
    let address = loaded.link.email.clone();
    match verify_email::disown(app, request, loaded, browser.now).await? {
        LinkOutcome::Done(_) => {
            let lead = html! {
                "The address " strong { (email(&address)) } " no longer belongs to that account, and you can register with it."
            };
            let next = ("Sign in or register", SIGN_IN);
            Ok(MessagePage::done("Your address is free", lead, next).response(app, browser))
        }
        outcome => decided(app, browser, outcome, token),
    }
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
        @if proof == AccountProof::Provider {
            (sign_in_to_confirm())
        } @else {
            form method="post" action=(VERIFY_EMAIL) {
                (hidden)
                (proof.field(&loaded.user, mistakes))
                button.main.block type="submit" name="action" value="confirm" { "Confirm my address" }
            }
            @if proof == AccountProof::Password {
                p.after { a href=(FORGOT_PASSWORD) { "Forgot your password?" } br; "A new one confirms your address, too." }
            }
        }
        h2 { "Not your account?" }
        p { "Perhaps your address was typed by mistake. If you did not register, this account loses it, and you can use it yourself." }
        form method="post" action=(VERIFY_EMAIL) {
            (hidden)
            button.danger.block type="submit" name="action" value="disown" { "I did not register" }
        }
    };
    let lead = html! { "This account was registered with " strong { (email(&loaded.link.email)) } ". Is it yours?" };
    let title = "Confirm your e-mail address";
    Ok(MessagePage { status, title, lead, notice: None, content }.response(app, browser))
}
