//! `GET,POST /oauth2/callback`: a user returns from another provider, where they signed in (OpenID Connect Core §3.1.2.5).

mod answer;
mod refusal;
mod user;

use std::sync::Arc;

use futures_util::future::try_join;
use lambda_http::http::Method;
use shared::app::App;
use shared::domain::session::proof::AuthenticationMethod;
use shared::domain::upstream::attempt::AttemptSecrets;
use shared::domain::upstream::provider::ResponseMode;
use shared::http::error::authorize::AuthorizeError;
use shared::http::error::page::PageError;
use shared::http::methods::Methods;
use shared::http::page::form_guard::FormGuard;
use shared::http::page::visit::Visit;
use shared::http::page::{see_other, taken_on};
use shared::http::{Request, Response};
use shared::keys::KeyUse;
use shared::lambda::Endpoint;
use shared::paths::SIGN_IN;
use shared::service::counted_sign_in;
use shared::service::session::browser_sign_in;
use shared::upstream::error::UpstreamError;
use shared::upstream::openid::Upstream;

use answer::{Answer, Outcome};
use user::{Returned, UpstreamUser};

/// The endpoint.
pub fn endpoint() -> Endpoint {
    let endpoint = Endpoint::new(env!("CARGO_PKG_NAME"), Methods::Of(&[Method::GET, Method::POST]), handle);
    endpoint.same_origin().uses(&[KeyUse::Published, KeyUse::Mac])
}

/// Handles the provider's response to an attempt that began in this browser, once: signs in the user whom it identifies, and
/// continues with the pending authorization.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, AuthorizeError> {
    if app.upstreams.is_empty() {
        return Err(PageError::not_found().into());
    }
    if request.head.method == Method::POST {
        return Ok(see_other(&answer::as_query(&request.form()?)?));
    }
    let now = app.clock.now();
    let answer = Answer::read(&request)?;
    let browser = FormGuard::of(&app, &request.head).await?.browser();
    let attempt = app.stores.authorizations.find_upstream(&answer.state.hash()).await?;
    let attempt = attempt.filter(|attempt| attempt.browser == browser).ok_or_else(refusal::unknown)?;
    // RFC 9700 §4.4: the provider that the attempt is with, and no other.
    let upstream = app.upstream(&attempt.issuer).ok_or_else(refusal::unknown)?;
    let visit = Visit::about(&app, &request.head, attempt.authorization_id).await?;
    let way_back = || visit.link_to(SIGN_IN);
    let refused = |error: UpstreamError| AuthorizeError::from(error.into_page(&upstream.provider, way_back()));
    if !attempt.is_open(now) {
        return Err(refusal::too_late(&visit).into());
    }
    upstream.check_issuer(answer.iss.as_deref(), now).await.map_err(refused)?;
    if !app.stores.authorizations.spend_upstream(&attempt, now).await? {
        return Err(refusal::too_late(&visit).into());
    }
    let code = match answer.outcome {
        Outcome::Code(code) => code,
        Outcome::Error(error) => return Err(refusal::by_provider(&app, upstream, &visit, &error, now).await),
    };
    let secrets = AttemptSecrets::derive(&answer.state, &*app.keys.mac().await?, attempt.key_id);
    let secrets = secrets.ok_or_else(refusal::unknown)?;
    let name = answer.name.filter(|_| upstream.provider.response_mode == ResponseMode::FormPost);
    let identified =
        upstream.identify(&code, &visit.browser.issuer, &secrets, &app.secrets, now).await.map_err(refused)?;
    if !attempt.is_met_by(identified.auth_time) {
        return Err(refused(UpstreamError::NotRecent));
    }
    sign_in(&app, upstream, &request, &visit, Returned { identified, name }).await
}

/// Signs in the identified user and continues.
async fn sign_in(
    app: &App,
    upstream: &Upstream,
    request: &Request,
    visit: &Visit,
    returned: Returned,
) -> Result<Response, AuthorizeError> {
    let begun = match user::find_or_make(app, upstream, request, visit, returned).await? {
        UpstreamUser::Known(user) => {
            let (method, now) = (AuthenticationMethod::Provider, app.clock.now());
            let begin = browser_sign_in::begin_session(app, visit, &user, method, request, now);
            let places = counted_sign_in::user_places(app, &user, request, Some(&visit.browser.known));
            try_join(begin, counted_sign_in::know(app, &user, &places, now)).await?.0
        }
        UpstreamUser::New(begun) => *begun,
        UpstreamUser::Deleted(page) => return Ok(see_other(&page)),
        UpstreamUser::MustProveOwnership(link) => {
            return Ok(see_other(&visit.link_with(SIGN_IN, "link", &link.to_string())));
        }
    };
    let lead = |address: &str| taken_on(&app.config.brand, &app.config.brand.name, address);
    Ok(browser_sign_in::complete(app, visit, &begun, request, lead).await?)
}
