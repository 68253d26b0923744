//! The page of a mailed link by which a user sets a new password.

use lambda_http::http::StatusCode;
use maud::html;
use shared::app::App;
use shared::domain::input::fields::{Fields, Mistakes};
use shared::http::error::page::PageError;
use shared::http::page::browser_context::BrowserContext;
use shared::http::page::cookie::Cookies;
use shared::http::page::{Field, known_as};
use shared::http::{Request, Response};
use shared::paths::{FORGOT_PASSWORD, RESET_PASSWORD, SIGN_IN};
use shared::service::counted_sign_in;
use shared::service::email_link::redeem::{LinkOutcome, LoadedLink};
use shared::service::email_link::reset_password;
use shared::service::password::{breached, new};

use super::link;
use crate::message_page::{MessagePage, Purpose, username};

const PURPOSE: Purpose<'_> = Purpose::anonymous(RESET_PASSWORD);
const AGAIN: (&str, &str) = ("Request a new link", FORGOT_PASSWORD);

/// Shows the form if the link is valid; nothing is changed.
pub(crate) async fn show(app: &App, browser: &BrowserContext, fields: &Fields) -> Result<Response, PageError> {
    let token = link::token(fields);
    let loaded = find(app, browser, &token).await?;
    page(app, browser, &loaded, &token, StatusCode::OK, &Mistakes::new()).await
}

/// Sets the password. The link is checked first, so that an invalid one costs no password hash.
pub(crate) async fn submit(
    app: &App,
    browser: &BrowserContext,
    request: &Request,
    mut fields: Fields,
) -> Result<Response, PageError> {
    let (token, again) = link::submitted(app, browser, request, &fields, RESET_PASSWORD).await?;
    let loaded = find(app, browser, &token).await?;
    let password = new::read(&mut fields, "password");
    let password = fields.finish(|| password);
    let password = password.and_then(|password| new::accept(app, &loaded.user, password, "password"));
    let password = match password {
        Ok(password) => password,
        Err(mistakes) => return page(app, browser, &loaded, &token, StatusCode::BAD_REQUEST, &mistakes).await,
    };
    if let Err(mistakes) = breached::ensure_none(app, &password, "password").await {
        return page(app, browser, &loaded, &token, StatusCode::BAD_REQUEST, &mistakes).await;
    }
    let signed_in = browser.signed_in().map(|(_, user)| user);
    match reset_password::reset(app, loaded, &password, signed_in, request, browser.now).await? {
        LinkOutcome::Done(user) => {
            let known = &browser.known;
            counted_sign_in::forgive_after_reset(app, &user, request, Some(known), browser.now).await;
            let lead = html! {
                "You are signed out everywhere. Sign in with your new password. If an app is waiting in another tab, continue there."
            };
            let page = MessagePage::done("Your password was changed", lead, ("Sign in", SIGN_IN));
            let mut response = page.response(app, browser);
            Cookies::of(&browser.issuer).remember(&mut response, known);
            Ok(response)
        }
        LinkOutcome::Raced => Err(link::raced(("Try again", again))),
        LinkOutcome::Void | LinkOutcome::EmailTaken => Err(link::void(AGAIN)),
    }
}

async fn find(app: &App, browser: &BrowserContext, token: &str) -> Result<LoadedLink, PageError> {
    reset_password::find(app, token, browser.now).await?.ok_or_else(|| link::void(AGAIN))
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
    let mistake = mistakes.get("password").map(|mistake| format!("The password {mistake}."));
    let hint = format!("At least {} characters. A few words in a row work well.", app.config.password_policy.shortest);
    let content = html! {
        form method="post" action=(RESET_PASSWORD) {
            (hidden)
            (username(&loaded.user))
            (Field {
                name: "password", label: "New password", kind: "password", autocomplete: "new-password",
                mistake: mistake.as_deref(), hint: Some(&hint), is_first: true, ..Field::default()
            }.markup())
            button.main.block type="submit" { "Change my password" }
        }
    };
    let lead = html! { "This is for the account of " strong { (known_as(&loaded.user)) } ". You will be signed out everywhere." };
    Ok(MessagePage { status, title: "Choose a new password", lead, notice: None, content }.response(app, browser))
}
