//! The next step of a pending authorization.

use shared::app::App;
use shared::domain::audit::AuditEvent;
use shared::domain::authorization::{PendingAuthorization, ResponseTarget, Step};
use shared::domain::oauth::error::OAuthCode;
use shared::domain::types::timestamp::Timestamp;
use shared::http::error::authorize::{AuthorizeError, Returned};
use shared::http::page::see_other;
use shared::http::page::visit::{Visit, already_answered};
use shared::http::{Request, Response};
use shared::paths::{AUTHORIZE_CONTINUE, CONSENT, REGISTER, SIGN_IN};

use crate::answer::{self, ApprovalKind};
use crate::departure;
use crate::pages::device;
use crate::refusal::refusal;
use crate::situation::Situation;
use crate::way_back::WayBack;

/// `GET /oauth2/authorize/continue`: redirects to the next page, or back to the client.
pub(crate) async fn resume(app: &App, request: &Request) -> Result<Response, AuthorizeError> {
    let visit = Visit::of(app, request, &request.query_fields()?).await?;
    advance(app, request, &visit).await
}

/// Decides on the next step and performs it.
pub(crate) async fn advance(app: &App, request: &Request, visit: &Visit) -> Result<Response, AuthorizeError> {
    let (pending, client, now) = (visit.pending()?, visit.client(app)?, app.clock.now());
    let (asked, signed_in, consent) = (&pending.request, visit.signed_in(), visit.consent());
    let step = asked.next_step(client, signed_in, pending.session_id, consent, now);
    match (step, signed_in) {
        (Step::Answer, Some((session, user))) => {
            let situation = Situation { client, session, user, consent, issuer: &visit.browser.issuer };
            answer::approve(app, asked, Some(pending.id), situation, ApprovalKind::without_page(client), now).await
        }
        // No page was shown: it is like an error of the client's link, which a pushed request does not come by.
        (Step::Refuse(code), user) if asked.prompt.none => {
            let way_back = WayBack::of(request, client, consent.zip(user.map(|(_, user)| user)));
            deny(app, visit, code, None, now, |error| way_back.with(error, client)).await
        }
        (Step::Refuse(code), _) => deny(app, visit, code, None, now, AuthorizeError::from).await,
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
/// authorization is denied first: that can be repeated, and closing the authorization cannot. `go_back` is how the error
/// reaches the client.
pub(crate) async fn deny(
    app: &App,
    visit: &Visit,
    code: OAuthCode,
    event: Option<&AuditEvent>,
    now: Timestamp,
    go_back: impl FnOnce(Returned) -> AuthorizeError,
) -> Result<Response, AuthorizeError> {
    let pending = visit.pending()?;
    let is_denied = match &pending.request.response_target {
        ResponseTarget::Client(_) => true,
        ResponseTarget::Device(user_code) => app.stores.authorizations.deny_device(*user_code).await?,
    };
    if !is_denied || !app.stores.close(pending.id, event, now).await? {
        return Err(already_answered().into());
    }
    match &pending.request.response_target {
        ResponseTarget::Client(to) => {
            Err(go_back(refusal(to, &visit.browser.issuer, code, departure::from_pages(&pending.request))))
        }
        ResponseTarget::Device(_) => Ok(device::denied(app)),
    }
}
