//! The page on which a user who forgot their password requests a reset link.

use lambda_http::http::StatusCode;
use maud::html;
use shared::app::App;
use shared::domain::authorization::AuthorizationId;
use shared::domain::input::fields::{Fields, Mistakes};
use shared::domain::types::email::EmailAddress;
use shared::http::error::page::PageError;
use shared::http::page::browser_context::BrowserContext;
use shared::http::page::{Field, email};
use shared::http::{Request, Response};
use shared::paths::{FORGOT_PASSWORD, SIGN_IN};
use shared::service::email_link::reset_password;

use super::link;
use crate::message_page::{MessagePage, Purpose};

const PURPOSE: Purpose<'_> = Purpose::anonymous(FORGOT_PASSWORD);

/// Shows the page.
pub(crate) async fn show(app: &App, browser: &BrowserContext, fields: &Fields) -> Result<Response, PageError> {
    if app.config.mail_from.is_none() {
        return Err(link::no_mail().leading_to("Back to sign in", back(fields)));
    }
    page(app, browser, fields, StatusCode::OK, "", &Mistakes::new()).await
}

/// Sends the link if a user has the address; the page is the same either way.
pub(crate) async fn submit(
    app: &App,
    browser: &BrowserContext,
    request: &Request,
    mut fields: Fields,
) -> Result<Response, PageError> {
    PURPOSE.check(app, browser, request, &fields).await?;
    if app.config.mail_from.is_none() {
        return Err(link::no_mail().leading_to("Back to sign in", back(&fields)));
    }
    let typed = fields.text("email").ok().flatten().unwrap_or_default().to_owned();
    let address = fields.required("email", EmailAddress::parse);
    let back = back(&fields);
    let again = fields.clone();
    let address = match fields.finish(|| address) {
        Ok(address) => address,
        Err(mistakes) => return page(app, browser, &again, StatusCode::BAD_REQUEST, &typed, &mistakes).await,
    };
    let requested = reset_password::request(app, &address, request, browser.now).await;
    requested.map_err(|error| PageError::from(error).leading_to("Back to sign in", back.as_str()))?;
    let lead = html! {
        "If " strong { (email(&address)) } " has an account here, a link to choose a new password is on its way. "
        "It is valid for 60 minutes. If no message arrives, check your spam folder."
    };
    Ok(MessagePage::done("Check your mail", lead, ("Back to sign in", &back)).response(app, browser))
}

async fn page(
    app: &App,
    browser: &BrowserContext,
    fields: &Fields,
    status: StatusCode,
    typed: &str,
    mistakes: &Mistakes,
) -> Result<Response, PageError> {
    let authorization = authorization(fields);
    let about = authorization.as_deref().map(|id| ("authorization", id));
    let hidden = PURPOSE.hidden(app, browser, about.as_slice()).await?;
    let mistake = mistakes.get("email").map(|mistake| format!("The e-mail address {mistake}."));
    let content = html! {
        form method="post" action=(FORGOT_PASSWORD) {
            (hidden)
            (Field {
                name: "email", label: "E-mail address", kind: "email", autocomplete: "username", value: typed,
                mistake: mistake.as_deref(), is_first: true, ..Field::default()
            }.markup())
            button.main.block type="submit" { "Mail me a link" }
        }
        p.after { a href=(back(fields)) { "Back to sign in" } }
    };
    let lead = html! { "We will mail you a link to choose a new one." };
    Ok(MessagePage { status, title: "Forgot your password?", lead, notice: None, content }.response(app, browser))
}

/// The authorization request that waits for the sign-in, if any.
fn authorization(fields: &Fields) -> Option<String> {
    let id = AuthorizationId::parse(fields.text("authorization").ok().flatten()?)?;
    Some(id.to_string())
}

fn back(fields: &Fields) -> String {
    authorization(fields).map_or_else(|| SIGN_IN.to_owned(), |id| format!("{SIGN_IN}?authorization={id}"))
}
