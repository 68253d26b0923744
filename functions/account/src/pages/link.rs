//! What the pages have in common to which mailed links lead.

use lambda_http::http::StatusCode;
use shared::domain::input::fields::Fields;
use shared::http::error::page::PageError;

/// The token in the address, or in the form that the page showed.
pub(crate) fn token(fields: &Fields) -> String {
    fields.text("token").ok().flatten().unwrap_or_default().to_owned()
}

/// The address of a link's page, for whoever has to begin there again.
pub(crate) fn address(path: &str, token: &str) -> String {
    format!("{path}?token={}", form_urlencoded::byte_serialize(token.as_bytes()).collect::<String>())
}

/// The page for a link that is not good.
pub(crate) fn void(again: (&'static str, &'static str)) -> PageError {
    let message = "It was used already, it is too old, or a newer one took its place. Nothing was changed.";
    let error = PageError::new(StatusCode::BAD_REQUEST, "invalid_link", "This link does not work any more", message);
    error.leading_to(again.0, again.1)
}

/// The page for something else that happened at the same moment.
pub(crate) fn raced(again: (&'static str, String)) -> PageError {
    let message = "Something else changed at the same moment, so nothing was done.";
    let error = PageError::new(StatusCode::CONFLICT, "conflict", "Please try that again", message);
    error.leading_to(again.0, again.1)
}

/// The page where this deployment sends no mail.
pub(crate) fn no_mail() -> PageError {
    let message = "This service sends no mail, so this cannot be done here. Please ask whoever runs it for help.";
    PageError::new(StatusCode::CONFLICT, "mail_not_configured", "No mail can be sent", message)
}
