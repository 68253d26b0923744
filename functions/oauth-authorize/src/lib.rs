//! `GET,POST /oauth2/authorize` and its pages: an app requests access, a user signs in and consents, and the app gets a code
//! (RFC 6749 §4.1, OpenID Connect Core §3.1.2).

mod advance;
mod again;
mod answer;
mod authorize;
mod departure;
mod refusal;
mod situation;
mod upstream;
mod way_back;
mod pages {
    pub(crate) mod consent;
    pub(crate) mod consent_view;
    pub(crate) mod device;
    pub(crate) mod provider;
    pub(crate) mod register;
    pub(crate) mod sign_in;
}

use std::sync::Arc;

use lambda_http::http::Method;
use shared::app::App;
use shared::http::error::authorize::AuthorizeError;
use shared::http::error::page::PageError;
use shared::http::methods::Methods;
use shared::http::{Request, Response};
use shared::keys::KeyUse;
use shared::lambda::Endpoint;
use shared::paths::{AUTHORIZE_AGAIN, AUTHORIZE_CONTINUE, CONSENT, REGISTER, SIGN_IN, UPSTREAM_START};

/// The endpoint.
pub fn endpoint() -> Endpoint {
    let endpoint = Endpoint::new(env!("CARGO_PKG_NAME"), Methods::AtPath(methods), handle).same_origin();
    endpoint.uses(&[KeyUse::Published, KeyUse::Mac]).fetches_documents()
}

/// The methods of a path. Only our own forms send a user to another provider, and no link does.
fn methods(path: &str) -> &'static [Method] {
    match path {
        UPSTREAM_START => &[Method::POST],
        AUTHORIZE_AGAIN => &[Method::GET],
        _ => &[Method::GET, Method::POST],
    }
}

/// Handles the app's request, or one of our pages.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, AuthorizeError> {
    let is_form = request.head.method == Method::POST;
    match (request.head.path.as_str(), is_form) {
        (AUTHORIZE_CONTINUE, _) => advance::resume(&app, &request).await,
        (AUTHORIZE_AGAIN, _) => again::start(&app, &request).await,
        (SIGN_IN, false) => pages::sign_in::show(&app, &request).await,
        (SIGN_IN, true) => pages::sign_in::submit(&app, &request).await,
        (REGISTER, false) => pages::register::show(&app, &request).await,
        (REGISTER, true) => pages::register::submit(&app, &request).await,
        (UPSTREAM_START, _) => upstream::submit(&app, &request).await,
        (CONSENT, false) => pages::consent::show(&app, &request).await,
        (CONSENT, true) => pages::consent::submit(&app, &request).await,
        (path, _) if path.starts_with("/oauth2/authorize/") => Err(PageError::not_found().into()),
        _ => authorize::authorize(&app, &request).await,
    }
}
