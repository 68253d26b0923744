//! The error response to the client.

use shared::domain::oauth::authorization_response::ReturnAddress;
use shared::domain::oauth::error::OAuthCode;
use shared::http::error::authorize::{Departure, Returned};

/// Returns the browser to the client with this error.
pub(crate) fn refusal(to: &ReturnAddress, issuer: &str, code: OAuthCode, departure: Departure) -> Returned {
    let description = match code {
        OAuthCode::LoginRequired => "The user of this request is not signed in",
        OAuthCode::InteractionRequired => "The user must act on a page, and prompt=none allows none",
        OAuthCode::ConsentRequired => "The user must consent, and prompt=none allows no page",
        _ => "The user denied the request",
    };
    let (to, issuer, description) = (to.clone(), issuer.to_owned(), description.to_owned());
    Returned { to, issuer, code, description, departure }
}
