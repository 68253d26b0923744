//! The redirect to another provider, for a sign-in there.

use shared::app::App;
use shared::domain::upstream::attempt::{AttemptSecrets, State, UpstreamAttempt, UpstreamOptions};
use shared::http::error::authorize::AuthorizeError;
use shared::http::error::page::PageError;
use shared::http::page::form_guard::{FIELD, FormUse};
use shared::http::page::taken_on;
use shared::http::page::visit::Visit;
use shared::http::{Request, Response};
use shared::paths::SIGN_IN;
use shared::service::attempt::Attempt;
use shared::service::throttle;
use shared::upstream::openid::Upstream;

/// The field with the provider's issuer.
pub(crate) const PROVIDER: &str = "provider";

/// Handles the buttons of our pages.
pub(crate) async fn submit(app: &App, request: &Request) -> Result<Response, AuthorizeError> {
    let fields = request.form()?;
    let visit = Visit::of(app, request, &fields).await?;
    let issuer = fields.text(PROVIDER).ok().flatten();
    let upstream = match issuer {
        Some(issuer) => app.upstream(issuer),
        None => app.upstreams.first(),
    };
    let upstream = upstream.ok_or_else(PageError::not_found)?;
    let purpose = purpose(&visit);
    let token = fields.text(FIELD).ok().flatten();
    visit.browser.guard.check(app, &request.head, token, form_use(&purpose), Some(visit.link_to(SIGN_IN))).await?;
    redirect(app, upstream, &visit, request).await
}

/// Redirects the browser to the provider: an attempt is counted and stored until it returns.
pub(crate) async fn redirect(
    app: &App,
    upstream: &Upstream,
    visit: &Visit,
    request: &Request,
) -> Result<Response, AuthorizeError> {
    let now = app.clock.now();
    let (user, attempt) = (visit.signed_in().map(|(_, user)| user), Attempt::new(request.origin(), now));
    throttle::charge_browser_request(app, user, attempt).await.map_err(PageError::from)?;
    let state = State::generate();
    let (secrets, key_id) = AttemptSecrets::new(&state, &*app.keys.mac().await?, now)?;
    let pending = visit.maybe_pending();
    let mut options = pending.map(|pending| UpstreamOptions::of(&pending.request)).unwrap_or_default();
    // A signed-in user who comes here wants to use another account, or has to sign in again.
    options.select_account |= visit.signed_in().is_some();
    let address = upstream.address(&visit.browser.issuer, &state, &secrets, &options, now).await;
    let address = address.map_err(|error| error.into_page(&upstream.provider, visit.link_to(SIGN_IN)))?;
    let issuer = upstream.provider.issuer.as_str();
    let pending = pending.map(|pending| (pending.id, &options));
    let attempt = UpstreamAttempt::begin(&state, visit.browser.guard.browser(), issuer, pending, key_id, now);
    app.stores.authorizations.begin_upstream(&attempt).await?;
    let mut response = taken_on(&app.config.brand, &upstream.provider.name, address.as_str());
    visit.browser.guard.remember(&mut response);
    Ok(response)
}

/// The purpose of the button's form.
pub(crate) fn purpose(visit: &Visit) -> String {
    visit.purpose("upstream")
}

pub(crate) const fn form_use(purpose: &str) -> FormUse<'_> {
    FormUse { purpose, session: None }
}
