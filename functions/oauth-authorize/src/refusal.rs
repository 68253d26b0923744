//! The error response to the client.

use shared::domain::oauth::authorization_response::ReturnAddress;
use shared::domain::oauth::error::OAuthCode;
use shared::http::error::authorize::{AuthorizeError, Returned};

/// Returns the browser to the client with this error.
pub(crate) fn refusal(to: &ReturnAddress, issuer: &str, code: OAuthCode) -> AuthorizeError {
    let description = match code {
        OAuthCode::LoginRequired => "The user of this request is not signed in",
        OAuthCode::InteractionRequired => "The user must verify their e-mail address, and prompt=none allows no page",
        OAuthCode::ConsentRequired => "The user must consent, and prompt=none allows no page",
        _ => "The user denied the request",
    };
    AuthorizeError::Return(Box::new(Returned {
        to: to.clone(),
        issuer: issuer.to_owned(),
        code,
        description: description.to_owned(),
    }))
}
