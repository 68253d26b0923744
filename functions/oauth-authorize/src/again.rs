//! An authorization that has expired starts again.

use shared::app::App;
use shared::domain::authorization::AuthorizationId;
use shared::http::error::authorize::AuthorizeError;
use shared::http::error::page::PageError;
use shared::http::page::browser_context::BrowserContext;
use shared::http::page::see_other;
use shared::http::page::visit::{already_answered, gone};
use shared::http::{Request, Response};
use shared::service::attempt::Attempt;
use shared::service::throttle;
use shared::store::Load;

use crate::advance::address;
use crate::authorize::begin;

/// `GET /oauth2/authorize/again`: makes the same request again, as the app sent it. It is read from the table, so nothing
/// of it is in a link, and what it demands of the user is not lost. The user has done nothing for it yet: a request for a
/// new sign-in leads to one.
pub(crate) async fn start(app: &App, request: &Request) -> Result<Response, AuthorizeError> {
    let now = app.clock.now();
    let id = request.query_fields()?.text("authorization").ok().flatten().and_then(AuthorizationId::parse);
    let id = id.ok_or_else(gone)?;
    let pending = app.stores.authorizations.find(id).await?.ok_or_else(gone)?;
    if pending.answered_at.is_some() {
        return Err(already_answered().into());
    }
    if pending.is_open(now) {
        return Ok(see_other(&address(None, &pending)));
    }
    let browser = BrowserContext::read(app, &request.head, Load::default()).await?;
    let user = browser.signed_in().map(|(_, user)| user);
    let attempt = Attempt::new(request.origin(), now);
    throttle::charge_browser_request(app, user, attempt).await.map_err(PageError::from)?;
    begin(app, AuthorizationId::generate(now), pending.request, None, now).await
}
