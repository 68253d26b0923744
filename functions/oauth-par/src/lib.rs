//! `POST /oauth2/par`: an app pushes its authorization request before it sends the user here (RFC 9126).

use std::sync::Arc;

use lambda_http::http::StatusCode;
use serde_json::json;
use shared::app::App;
use shared::domain::authorization::AuthorizationId;
use shared::domain::authorization::pushed::{PushedRequest, RequestUri};
use shared::domain::oauth::error::OAuthError;
use shared::domain::types::id::WriteId;
use shared::http::authorization_parameters::AuthorizationParameters;
use shared::http::{Request, Response, reply};
use shared::keys::KeyUse;
use shared::lambda::Endpoint;
use shared::service::attempt::Attempt;
use shared::service::authorization_request::{self, RequestError};
use shared::service::client::authentication::PresentedClient;
use shared::service::throttle;

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::post(env!("CARGO_PKG_NAME"), handle).any_origin().uses(&[KeyUse::Published]).fetches_documents()
}

/// Checks the request like the authorization endpoint and stores it for a short time: one batch read and one write.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, OAuthError> {
    let now = app.clock.now();
    let parameters = request.parameters()?;
    let presented = PresentedClient::read(&request, &parameters)?;
    // RFC 9126 §2.1: a pushed request must not refer to another.
    if parameters.has("request_uri") {
        return Err(OAuthError::invalid_request("request_uri must not be pushed"));
    }
    let loaded = presented.load_to_begin(&app).await?;
    let client = presented.verify(&app, &loaded).await?;
    let issuer = app.keys.issuer(&app.stores.keys).await?;
    let parameters = AuthorizationParameters::read(&request)?;
    let asked = authorization_request::read(&app, &parameters, client, &issuer).await.map_err(oauth_error)?;
    let attempt = Attempt::new(request.origin(), now);
    throttle::charge_client_request(&app, client, loaded.creator.as_ref(), attempt).await?;
    let name = RequestUri::generate();
    let pushed = PushedRequest {
        hash: name.hash(),
        request: asked,
        authorization_id: AuthorizationId::generate(now),
        created_at: now,
        ends_at: now.after(PushedRequest::LIFETIME),
        attempt: WriteId::generate(now),
    };
    app.stores.authorizations.push(&pushed).await?;
    let answer = json!({"request_uri": name.issue().expose(), "expires_in": PushedRequest::LIFETIME.as_secs()});
    Ok(reply::json(StatusCode::CREATED, &answer))
}

/// RFC 9126 §2.3: every error is returned to the client.
fn oauth_error(error: RequestError) -> OAuthError {
    match error {
        RequestError::RedirectUri => OAuthError::invalid_request("redirect_uri is not one that the client registered"),
        RequestError::Returned { code, description, .. } => OAuthError::new(code, description),
        RequestError::Fault(fault) => fault.into(),
    }
}
