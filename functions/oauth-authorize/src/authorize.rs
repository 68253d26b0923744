//! The authorization request with which an app sends a user's browser.

use lambda_http::http::{Method, StatusCode};
use shared::app::App;
use shared::domain::authorization::pushed::{PushedRequest, RequestUri};
use shared::domain::authorization::{AuthorizationId, AuthorizationRequest, PendingAuthorization, Step};
use shared::domain::client::Client;
use shared::domain::oauth::error::OAuthCode;
use shared::domain::types::timestamp::Timestamp;
use shared::domain::user::User;
use shared::http::authorization_parameters::AuthorizationParameters;
use shared::http::error::authorize::{AuthorizeError, Departure, Returned};
use shared::http::error::developers::ForDevelopers;
use shared::http::error::page::PageError;
use shared::http::page::cookie::Cookies;
use shared::http::page::see_other;
use shared::http::{Request, Response};
use shared::service::attempt::Attempt;
use shared::service::authorization_request::{self, RequestError};
use shared::service::client::document::{DocumentError, Need};
use shared::service::throttle;
use shared::store::Load;

use crate::advance::address;
use crate::answer::{self, ApprovalKind};
use crate::refusal::refusal;
use crate::situation::Situation;
use crate::way_back::WayBack;

/// How long a pending authorization is valid.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(3_600);

/// Reads the authorization request: one batch read. A signed-in user who consented earlier is redirected back at once. For every
/// other user the request is counted and stored, and a page is shown.
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
    let loaded = app.load_client(load, Need::Beginning, request.origin()).await.map_err(unusable_client)?;
    let session = loaded.live_session(now).filter(|(session, _)| token.is_some_and(|token| token.opens(session)));
    let user = session.map(|(_, user)| user);
    let unknown = || unknown_client(&parameters, loaded.client.as_ref(), user, now);
    let client = loaded.live_client(now).ok_or_else(unknown)?;
    if pushed.is_some() {
        return authorize_pushed(app, client, loaded.pushed.as_ref(), now).await;
    }
    let asked = authorization_request::read(app, &parameters, client, &issuer).await;
    let consent = loaded.consent.as_ref();
    let way_back = WayBack::of(request, client, consent.zip(user));
    let asked = asked.map_err(|error| match error {
        RequestError::RedirectUri => foreign_redirect_uri(&parameters, client, user).into(),
        RequestError::Returned { to, code, description } => {
            let (issuer, departure) = (issuer.clone(), Departure::Redirect);
            way_back.with(Returned { to, issuer, code, description, departure }, client)
        }
        RequestError::Fault(fault) => fault.into(),
    })?;
    // A form that another site posts brings no cookie (SameSite=Lax), so the signed-in user is not known yet.
    let step = if request.head.method == Method::POST {
        None
    } else {
        Some(asked.next_step(client, session, None, consent, now))
    };
    match (step, session) {
        (Some(Step::Refuse(code)), _) => match asked.response_target.return_address() {
            Some(to) => Err(way_back.with(refusal(to, &issuer, code, Departure::Redirect), client)),
            None => Err(PageError::not_found().into()),
        },
        (Some(Step::Answer), Some((session, user))) => {
            let situation = Situation { client, session, user, consent, issuer: &issuer };
            answer::approve(app, &asked, None, situation, ApprovalKind::without_page(client), now).await
        }
        (step, _) => {
            let attempt = Attempt::new(request.origin(), now);
            throttle::charge_browser_request(app, user, attempt).await.map_err(PageError::from)?;
            begin(app, AuthorizationId::generate(now), asked, step, now).await
        }
    }
}

/// Continues with a pushed request (RFC 9126 §4), which replaces all other parameters. It opens the same authorization however
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
            "The app sent you here with a request that has expired (request_uri). Please go back to the app and start again.",
        )
        .for_developers(ForDevelopers::new(
            OAuthCode::InvalidRequest,
            format!(
                "The request_uri is unknown, belongs to another client, or is older than {} seconds",
                PushedRequest::LIFETIME.as_secs()
            ),
        ))
    })?;
    begin(app, pushed.authorization_id, pushed.request.clone(), None, now).await
}

/// Stores the request until the user answers, and shows the page of this step.
pub(crate) async fn begin(
    app: &App,
    id: AuthorizationId,
    request: AuthorizationRequest,
    step: Option<Step>,
    now: Timestamp,
) -> Result<Response, AuthorizeError> {
    let ends_at = now.after(PATIENCE);
    let pending = PendingAuthorization { id, request, session_id: None, created_at: now, ends_at, answered_at: None };
    app.stores.authorizations.begin(&pending).await?;
    Ok(see_other(&address(step, &pending)))
}

/// The redirect URI is not registered. What is registered is shown to users of the account that owns the app, and to no
/// other user.
fn foreign_redirect_uri(parameters: &AuthorizationParameters, client: &Client, user: Option<&User>) -> PageError {
    let error = PageError::bad_request(format!(
        "{} sent you here with a return address that it has not registered (redirect_uri), so the response could reach another party. Please inform the developer of the app.",
        client.metadata.name
    ));
    let received = parameters.one("redirect_uri");
    let finding = match &received {
        Ok(Some(_)) => "The redirect_uri is not registered for the app: it has to be the same, letter by letter",
        Ok(None) => "redirect_uri is missing, and may be left out only if exactly one is registered",
        Err(_) => "redirect_uri is duplicated",
    };
    let received = received.ok().flatten();
    let developers = ForDevelopers::new(OAuthCode::InvalidRequest, finding).received("redirect_uri", received);
    error.for_developers(developers.compared(received, &client.metadata.redirect_uris, client, user))
}

/// No app works with this client id. Whether there was one is told to its own account only.
fn unknown_client(
    parameters: &AuthorizationParameters,
    client: Option<&Client>,
    user: Option<&User>,
    now: Timestamp,
) -> PageError {
    let was_registered = parameters.client_id().is_some_and(|id| id.app_id().is_some());
    let error = match client {
        Some(client) if client.is_gone(now) => PageError::deleted_client(),
        Some(_) => PageError::bad_request(
            "The app that sent you here does not work at the moment (client_id). Please go back and inform the developer of the app.",
        ),
        None if was_registered => PageError::deleted_client(),
        None => PageError::bad_request(
            "The app that sent you here is unknown (client_id). Please go back and inform the developer of the app.",
        ),
    };
    let received = parameters.one("client_id");
    let finding = match (&received, client.filter(|client| client.is_of_account_of(user))) {
        (Err(_), _) => "client_id is duplicated",
        (Ok(None), _) => "client_id is missing",
        (Ok(Some(_)), Some(Client { revoked_at: Some(_), .. })) => "Your app with this client_id was deleted",
        (Ok(Some(_)), Some(Client { disabled_at: Some(_), .. })) => "Your app with this client_id is disabled",
        (Ok(Some(_)), Some(_)) => {
            "Your app with this client_id does not work now: the user who created it is disabled, or has not kept it"
        }
        (Ok(Some(_)), None) => "No app that works has this client_id",
    };
    let developers = ForDevelopers::new(OAuthCode::InvalidClient, finding);
    error.for_developers(developers.received("client_id", received.ok().flatten()))
}

/// A client whose document we cannot use (OAuth Client ID Metadata Document §4).
fn unusable_client(error: DocumentError) -> PageError {
    match error {
        DocumentError::Unusable(reason) | DocumentError::Missing(reason) => PageError::bad_request(format!(
            "The metadata document of the app that sent you here is invalid (client_id): {reason}. Please inform the developer of the app."
        ))
        .for_developers(ForDevelopers::new(OAuthCode::InvalidClient, reason)),
        DocumentError::Unreachable(reason) => PageError::new(
            StatusCode::BAD_REQUEST,
            "invalid_client",
            "We cannot reach the app",
            "The server with the metadata document of the app that sent you here does not respond (client_id). Wait a few seconds, then reload this page.",
        )
        .because(reason),
        DocumentError::TooMany(wait) => PageError::too_many(wait),
        DocumentError::Fault(fault) => fault.into(),
    }
}
