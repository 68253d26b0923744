//! The next step of a pending authorization.

use shared::app::App;
use shared::domain::audit::AuditEvent;
use shared::domain::authorization::consent::Consent;
use shared::domain::authorization::{PendingAuthorization, ResponseTarget, Step};
use shared::domain::client::Client;
use shared::domain::oauth::error::OAuthCode;
use shared::domain::session::Session;
use shared::domain::types::timestamp::Timestamp;
use shared::domain::user::User;
use shared::http::error::authorize::AuthorizeError;
use shared::http::page::see_other;
use shared::http::page::visit::{Visit, already_answered};
use shared::http::{Request, Response};
use shared::paths::{AUTHORIZE_CONTINUE, CONSENT, REGISTER, SIGN_IN};

use crate::answer::{self, ApprovalKind};
use crate::departure;
use crate::pages::device;
use crate::refusal::refusal;
use crate::situation::Situation;

/// `GET /oauth2/authorize/continue`: redirects to the next page, or back to the client.
pub(crate) async fn resume(app: &App, request: &Request) -> Result<Response, AuthorizeError> {
    let visit = Visit::of(app, request, &request.query_fields()?).await?;
    let pending = visit.pending()?;
    advance(app, pending, visit.client(app)?, visit.signed_in(), visit.consent(), &visit.browser.issuer).await
}

/// Decides on the next step and performs it.
pub(crate) async fn advance(
    app: &App,
    pending: &PendingAuthorization,
    client: &Client,
    signed_in: Option<(&Session, &User)>,
    consent: Option<&Consent>,
    issuer: &str,
) -> Result<Response, AuthorizeError> {
    let (asked, now) = (&pending.request, app.clock.now());
    let step = asked.next_step(client, signed_in, pending.session_id, consent, now);
    match (step, signed_in) {
        (Step::Answer, Some((session, user))) => {
            let situation = Situation { client, session, user, consent, issuer };
            answer::approve(app, asked, Some(pending.id), situation, ApprovalKind::without_page(client), now).await
        }
        (Step::Refuse(code), _) => deny(app, pending, issuer, code, None, now).await,
        (step, _) => Ok(see_other(&address(Some(step), pending))),
    }
}

/// The page of a step; without a step, the endpoint that decides on it.
pub(crate) fn address(step: Option<Step>, pending: &PendingAuthorization) -> String {
    let page = match step {
        Some(Step::SignIn) if pending.request.prompt.create => REGISTER,
        Some(Step::SignIn) => SIGN_IN,
        Some(Step::Consent) => CONSENT,
        _ => AUTHORIZE_CONTINUE,
    };
    format!("{page}?authorization={}", pending.id)
}

/// Denies a pending authorization, unless it is answered already; a user's denial is recorded as an event. A device
/// authorization is denied first: that can be repeated, and closing the authorization cannot.
pub(crate) async fn deny(
    app: &App,
    pending: &PendingAuthorization,
    issuer: &str,
    code: OAuthCode,
    event: Option<&AuditEvent>,
    now: Timestamp,
) -> Result<Response, AuthorizeError> {
    let is_denied = match &pending.request.response_target {
        ResponseTarget::Client(_) => true,
        ResponseTarget::Device(user_code) => app.stores.authorizations.deny_device(*user_code).await?,
    };
    if !is_denied || !app.stores.close(pending.id, event, now).await? {
        return Err(already_answered().into());
    }
    match &pending.request.response_target {
        ResponseTarget::Client(to) => Err(refusal(to, issuer, code, departure::from_pages(&pending.request)).into()),
        ResponseTarget::Device(_) => Ok(device::denied(app)),
    }
}
