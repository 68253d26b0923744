//! Where an app sends a user's browser.

use lambda_http::http::{Method, StatusCode};
use shared::app::App;
use shared::domain::authorization::pushed::{PushedRequest, RequestUri};
use shared::domain::authorization::{AuthorizationId, AuthorizationRequest, PendingAuthorization, Step};
use shared::domain::client::Client;
use shared::domain::types::timestamp::Timestamp;
use shared::http::authorization_parameters::AuthorizationParameters;
use shared::http::error::authorize::{AuthorizeError, Returned};
use shared::http::error::page::PageError;
use shared::http::page::cookie::Cookies;
use shared::http::page::see_other;
use shared::http::{Request, Response};
use shared::service::authorization_request::{self, RequestError};
use shared::service::client::document::DocumentError;
use shared::store::Load;

use crate::advance::{address, refusal};
use crate::answer::{self, ApprovalKind};
use crate::situation::Situation;

/// How long a user may take to answer.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(3_600);

/// Reads what an app asks for: one batch read. Whoever is signed in and has agreed before goes straight back; everybody
/// else is shown a page, and until then the request waits in the table.
pub(crate) async fn authorize(app: &App, request: &Request) -> Result<Response, AuthorizeError> {
    let now = app.clock.now();
    let parameters = AuthorizationParameters::read(request)?;
    let issuer = app.keys.issuer(&app.stores.keys).await?;
    let token = Cookies::of(&issuer).browser_token(&request.head);
    let pushed = parameters.one("request_uri").ok().flatten().filter(|name| RequestUri::is_meant(name));
    let load = Load {
        client: parameters.client_id(),
        user: token.as_ref().map(|token| token.user_id),
        session: token.as_ref().map(|token| token.session_id),
        consent: true,
        pushed: pushed.and_then(RequestUri::parse).as_ref().map(RequestUri::hash),
        ..Load::default()
    };
    let loaded = app.load_client(load, request.source()).await.map_err(unusable_client)?;
    let client = loaded.live_client(now).ok_or_else(unknown_client)?;
    if pushed.is_some() {
        return authorize_pushed(app, client, loaded.pushed.as_ref(), now).await;
    }
    let asked = authorization_request::read(app, &parameters, client, &issuer).await;
    let session = loaded.live_session(now).filter(|(session, _)| token.is_some_and(|token| token.opens(session)));
    // OAuth 2.1 §7.13.2: a client that nobody answers for could use its own mistakes to make us send users on, so only those
    // who are signed in are sent, and requests that may show nothing.
    let shows_nothing = parameters.one("prompt").is_ok_and(|prompt| prompt == Some("none"));
    let may_return = client.owner.is_some() || session.is_some() || shows_nothing;
    let asked = asked.map_err(|error| refused(error, client, &issuer, may_return))?;
    let consent = loaded.consent.as_ref();
    // A form that another site posts brings no cookie (SameSite=Lax), so it cannot be known yet who is signed in.
    let step = if request.head.method == Method::POST {
        None
    } else {
        Some(asked.next_step(client, session.map(|(session, _)| session), None, consent, now))
    };
    match (step, session) {
        (Some(Step::Refuse(code)), _) => match asked.response_target.return_address() {
            Some(to) => Err(refusal(to, &issuer, code)),
            None => Err(PageError::not_found().into()),
        },
        (Some(Step::Answer), Some((session, user))) => {
            let situation = Situation { client, session, user, consent, issuer: &issuer };
            answer::approve(app, &asked, None, situation, ApprovalKind::Remembered, now).await
        }
        (step, _) => {
            let pending = pending(AuthorizationId::generate(now), asked, now);
            app.stores.authorizations.begin(&pending).await?;
            Ok(see_other(&address(step, pending.id)))
        }
    }
}

/// What an app pushed before (RFC 9126 §4): nothing else in the address counts. It opens the same authorization however
/// often the address is visited, so it is answered once.
async fn authorize_pushed(
    app: &App,
    client: &Client,
    pushed: Option<&PushedRequest>,
    now: Timestamp,
) -> Result<Response, AuthorizeError> {
    let pushed = pushed.filter(|pushed| pushed.request.client_id == client.client_id && now < pushed.ends_at);
    let pushed = pushed.ok_or_else(|| {
        PageError::bad_request(
            "The app sent you here with a request that is too old (request_uri). Please go back to it and start again.",
        )
    })?;
    let pending = pending(pushed.authorization_id, pushed.request.clone(), now);
    app.stores.authorizations.begin(&pending).await?;
    Ok(see_other(&address(None, pending.id)))
}

fn pending(id: AuthorizationId, request: AuthorizationRequest, now: Timestamp) -> PendingAuthorization {
    let ends_at = now.after(PATIENCE);
    PendingAuthorization { id, request, session_id: None, created_at: now, ends_at, answered_at: None }
}

/// Tells the client where it may be told, and otherwise the user.
fn refused(error: RequestError, client: &Client, issuer: &str, may_return: bool) -> AuthorizeError {
    match error {
        RequestError::RedirectUri => PageError::bad_request(format!(
            "{} sent you here with a return address that it has not registered (redirect_uri), so we cannot tell who would get the answer. Please let the users who make it know.",
            client.metadata.name
        ))
        .into(),
        RequestError::Told { description, .. } if !may_return => PageError::bad_request(format!(
            "{} asks for something that makes no sense: {description}. Please let the users who make it know.",
            client.metadata.name
        ))
        .into(),
        RequestError::Told { to, code, description } => {
            AuthorizeError::Return(Box::new(Returned { to, issuer: issuer.to_owned(), code, description }))
        }
        RequestError::Fault(fault) => fault.into(),
    }
}

fn unknown_client() -> PageError {
    PageError::bad_request(
        "The app that sent you here is not known, or it was removed (client_id). Please go back and let the users who make it know.",
    )
}

/// A client whose document we cannot use (OAuth Client ID Metadata Document §4).
fn unusable_client(error: DocumentError) -> PageError {
    match error {
        DocumentError::Unusable(reason) => PageError::bad_request(format!(
            "The app that sent you here describes itself in a document that we cannot use (client_id): {reason}. Please let the users who make it know."
        )),
        DocumentError::Unreachable(reason) => PageError::new(
            StatusCode::BAD_REQUEST,
            "invalid_client",
            "We cannot reach the app",
            "The app that sent you here describes itself in a document (client_id), and its server does not answer. Wait a few seconds, then reload this page.",
        )
        .because(reason),
        DocumentError::TooMany(wait) => PageError::too_many(wait),
        DocumentError::Fault(fault) => fault.into(),
    }
}
