//! The responses when no user is signed in.

use lambda_http::http::StatusCode;
use shared::app::App;
use shared::domain::oauth::error::OAuthCode;
use shared::domain::types::timestamp::Timestamp;
use shared::domain::upstream::provider::Mode;
use shared::http::error::authorize::{AuthorizeError, Departure, Returned};
use shared::http::error::page::PageError;
use shared::http::page::visit::{Visit, already_answered};
use shared::paths::{ACCOUNT, SIGN_IN};
use shared::upstream::error::UpstreamError;
use shared::upstream::openid::Upstream;

/// A response without an attempt in this browser.
pub(crate) fn unknown() -> PageError {
    let message =
        "This sign-in did not begin in this browser, or it has expired. You are not signed in. Please start again.";
    let error = PageError::new(StatusCode::BAD_REQUEST, "unknown_attempt", "This link does not work", message);
    error.leading_to("Go to your account", ACCOUNT)
}

/// A second response to an attempt, or one that came too late.
pub(crate) fn too_late(visit: &Visit) -> PageError {
    let message = "This sign-in was already used, or it has expired. You are not signed in.";
    let error = PageError::new(StatusCode::BAD_REQUEST, "used_attempt", "Please try that again", message);
    error.leading_to("Continue", visit.way_on().unwrap_or_else(|| ACCOUNT.to_owned()))
}

/// A user who is disabled or being deleted.
pub(crate) fn disabled(visit: &Visit) -> PageError {
    let message = "This account is disabled, so you cannot sign in to it.";
    let error = PageError::new(StatusCode::FORBIDDEN, "user_disabled", "You are not signed in", message);
    error.leading_to("Sign in to another account", visit.link_to(SIGN_IN))
}

/// How Apple and LinkedIn say `access_denied`.
const CANCELLED: [&str; 2] = ["user_cancelled_authorize", "user_cancelled_login"];

/// The provider reports an error. Its code is for programs and never shown. If the user cancelled, a page says so; where the
/// provider is the only way to sign in, the app gets the error instead.
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
    if error != OAuthCode::AccessDenied.as_str() && !CANCELLED.contains(&error) {
        return UpstreamError::Unusable(known(error)).into_page(provider, visit.link_to(SIGN_IN)).into();
    }
    // With others to choose from, the user may sign in with another one.
    if provider.mode == Mode::Only
        && app.upstreams.len() == 1
        && let Some((pending, to)) =
            visit.maybe_pending().and_then(|p| Some((p, p.request.response_target.return_address()?)))
    {
        return match (visit.client(app), app.stores.close(pending.id, None, now).await) {
            (Err(error), _) => error.into(),
            (_, Err(fault)) => fault.into(),
            (_, Ok(false)) => already_answered().into(),
            (Ok(_), Ok(true)) => Returned {
                to: to.clone(),
                issuer: visit.browser.issuer.clone(),
                code: OAuthCode::AccessDenied,
                description: "The user did not sign in".to_owned(),
                departure: Departure::Page,
            }
            .into(),
        };
    }
    let message = format!("You came back from {} without signing in there.", provider.name);
    let error = PageError::new(StatusCode::BAD_REQUEST, "upstream_cancelled", "You are not signed in", message);
    error.leading_to("Try again", visit.link_to(SIGN_IN)).into()
}

/// The provider's error code for the log, if it is well-formed.
fn known(error: &str) -> String {
    let is_code = error.len() <= 64 && error.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    if is_code { error.to_owned() } else { "a malformed error code".to_owned() }
}
