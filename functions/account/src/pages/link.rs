//! Common parts of the pages of mailed links.

use lambda_http::http::StatusCode;
use shared::app::App;
use shared::domain::input::fields::Fields;
use shared::http::Request;
use shared::http::error::page::PageError;
use shared::http::page::browser_context::BrowserContext;

use crate::message_page::Purpose;

/// The token in the page's address or form.
pub(crate) fn token(fields: &Fields) -> String {
    fields.text("token").ok().flatten().unwrap_or_default().to_owned()
}

/// The address of a link's page, for a user who has to start again.
pub(crate) fn address(path: &str, token: &str) -> String {
    format!("{path}?token={}", form_urlencoded::byte_serialize(token.as_bytes()).collect::<String>())
}

/// Checks that the form of a link's page was shown in this browser; returns the token, and the page's address for a user who has
/// to start again.
pub(crate) async fn submitted(
    app: &App,
    browser: &BrowserContext,
    request: &Request,
    fields: &Fields,
    path: &'static str,
) -> Result<(String, String), PageError> {
    let token = token(fields);
    let again = address(path, &token);
    Purpose::anonymous(path).again_at(&again).check(app, browser, request, fields).await?;
    Ok((token, again))
}

/// The page for an invalid link.
pub(crate) fn void(again: (&'static str, &'static str)) -> PageError {
    let message = "It was already used, or it is too old. Nothing was changed.";
    let error = PageError::new(StatusCode::BAD_REQUEST, "invalid_link", "This link does not work any more", message);
    error.leading_to(again.0, again.1)
}

/// The page for a concurrent change.
pub(crate) fn raced(again: (&'static str, String)) -> PageError {
    let message = "Something else was changed at the same time. Your change was not saved.";
    let error = PageError::new(StatusCode::CONFLICT, "conflict", "Please try that again", message);
    error.leading_to(again.0, again.1)
}

/// The page for a deployment that sends no mail.
pub(crate) fn no_mail() -> PageError {
    let message = "This service sends no mail, so this is not available here. Please contact its operator.";
    PageError::new(StatusCode::CONFLICT, "mail_not_configured", "No mail can be sent", message)
}
