//! When nobody is signed in.

use lambda_http::http::StatusCode;
use shared::app::App;
use shared::domain::oauth::error::OAuthCode;
use shared::domain::types::timestamp::Timestamp;
use shared::domain::upstream::provider::Mode;
use shared::http::error::authorize::{AuthorizeError, Returned};
use shared::http::error::page::PageError;
use shared::http::page::visit::{Visit, already_answered};
use shared::paths::{ACCOUNT, SIGN_IN};
use shared::upstream::error::UpstreamError;
use shared::upstream::openid::Upstream;

/// An answer to nothing that began in this browser.
pub(crate) fn unknown() -> PageError {
    let message =
        "This sign-in did not begin in this browser, or it is too long ago. Nothing was done. Please start again.";
    let error = PageError::new(StatusCode::BAD_REQUEST, "unknown_attempt", "This link does not work", message);
    error.leading_to("Go to your account", ACCOUNT)
}

/// A second answer, or one that took too long.
pub(crate) fn too_late(visit: &Visit) -> PageError {
    let message = "This sign-in was used already, or it took too long. Nothing was done.";
    let error = PageError::new(StatusCode::BAD_REQUEST, "used_attempt", "Please try that again", message);
    error.leading_to("Continue", visit.way_on().unwrap_or_else(|| ACCOUNT.to_owned()))
}

/// Somebody whom an operator keeps out, or who is leaving.
pub(crate) fn kept_out(visit: &Visit) -> PageError {
    let message = "This account was closed, so you cannot sign in with it.";
    let error = PageError::new(StatusCode::FORBIDDEN, "user_disabled", "You are not signed in", message);
    error.leading_to("Sign in to another account", visit.link_to(SIGN_IN))
}

/// The provider says that nobody signed in. What it says is for programs, and never shown; a user who came back by their own
/// choice is told so, or the app where there is no other way to sign in.
pub(crate) async fn by_provider(
    app: &App,
    upstream: &Upstream,
    visit: &Visit,
    error: &str,
    now: Timestamp,
) -> AuthorizeError {
    let provider = &upstream.provider;
    if error == OAuthCode::TemporarilyUnavailable.as_str() || error == OAuthCode::ServerError.as_str() {
        return UpstreamError::Unreachable(known(error)).into_page(provider, visit.link_to(SIGN_IN)).into();
    }
    if error != OAuthCode::AccessDenied.as_str() {
        return UpstreamError::Unusable(known(error)).into_page(provider, visit.link_to(SIGN_IN)).into();
    }
    if provider.mode == Mode::Only
        && let Some((pending, to)) =
            visit.maybe_pending().and_then(|p| Some((p, p.request.response_target.return_address()?)))
    {
        return match (visit.client(app), app.stores.close(pending.id, None, now).await) {
            (Err(error), _) => error.into(),
            (_, Err(fault)) => fault.into(),
            (_, Ok(false)) => already_answered().into(),
            (Ok(_), Ok(true)) => AuthorizeError::Return(Box::new(Returned {
                to: to.clone(),
                issuer: visit.browser.issuer.clone(),
                code: OAuthCode::AccessDenied,
                description: "The user did not sign in".to_owned(),
            })),
        };
    }
    let message = format!("You came back from {} without signing in there.", provider.name);
    let error = PageError::new(StatusCode::BAD_REQUEST, "upstream_cancelled", "You are not signed in", message);
    error.leading_to("Try again", visit.link_to(SIGN_IN)).into()
}

/// The provider's code for the log, if it is one of a kind.
fn known(error: &str) -> String {
    let is_code = error.len() <= 64 && error.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    if is_code { error.to_owned() } else { "a code that is none".to_owned() }
}
