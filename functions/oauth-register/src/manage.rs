//! Management of a client's registration (RFC 7592).

use lambda_http::http::StatusCode;
use shared::app::App;
use shared::domain::audit::{AuditAction, AuditEvent};
use shared::domain::client::Client;
use shared::domain::client::id::ClientId;
use shared::domain::client::metadata::{ClientMetadata, Registrant};
use shared::domain::client::registration_token::RegistrationToken;
use shared::domain::crypto::secret::Secret;
use shared::domain::input::fields::Fields;
use shared::domain::oauth::client_auth::ClientAuthMethod;
use shared::domain::oauth::error::{OAuthCode, OAuthError};
use shared::domain::types::timestamp::Timestamp;
use shared::fault::Fault;
use shared::http::bearer::{Bearer, bearer};
use shared::http::{Request, Response, reply};
use shared::service::client::retention;
use shared::store::{Load, RegistrationChanged};

use crate::reply::{Registered, mistake};

/// Returns the registration (RFC 7592 §2.1).
pub(crate) async fn read(app: &App, request: &Request, client_id: &str) -> Result<Response, OAuthError> {
    let (client, token) = authenticate(app, request, client_id).await?;
    let expires_at = retention::note_use(app, &client, app.clock.now()).await?;
    let client = Client { expires_at, ..client };
    Registered { client: &client, secret: None, token: Some(&token) }.response(app, StatusCode::OK).await
}

/// Replaces the whole registration (RFC 7592 §2.2): omitted fields are deleted. An app of an account gets nothing by it that
/// it does not have.
pub(crate) async fn replace(app: &App, request: &Request, client_id: &str) -> Result<Response, OAuthError> {
    let now = app.clock.now();
    let (client, token) = authenticate(app, request, client_id).await?;
    let body = request.json_object()?;
    refuse_foreign(app, &client, &body)?;
    let registrant = if client.owner.is_some() { Registrant::Within(&client.metadata) } else { Registrant::Itself };
    let metadata = ClientMetadata::read(body, registrant, ClientAuthMethod::ClientSecretBasic, &app.config.scopes)
        .map_err(mistake)?;
    let expires_at = retention::note_use(app, &client, now).await?;
    let mut changed = Client { metadata, expires_at, ..client };
    let secret = changed.ensure_secret(now);
    let event = event(AuditAction::ClientUpdated, request, &changed, now);
    match app.stores.replace_registration(&changed, &event, now).await? {
        RegistrationChanged::Done => {
            let registered = Registered { client: &changed, secret: secret.as_ref(), token: Some(&token) };
            registered.response(app, StatusCode::OK).await
        }
        // The next try finds the other change.
        RegistrationChanged::Raced => Err(Fault::unavailable("a registration changed at the same time").into()),
    }
}

/// Deletes the registration and revokes every token of the client (RFC 7592 §2.3).
pub(crate) async fn end(app: &App, request: &Request, client_id: &str) -> Result<Response, OAuthError> {
    let (client, _) = authenticate(app, request, client_id).await?;
    let now = app.clock.now();
    let event = event(AuditAction::ClientDeleted, request, &client, now);
    app.stores.end_registration(&client, &event, now).await?;
    Ok(reply::empty(StatusCode::NO_CONTENT))
}

/// Returns the client of a registration access token. An unknown client and a wrong token get the same error. A token that is
/// used for another client is revoked (RFC 7592 §2).
async fn authenticate(
    app: &App,
    request: &Request,
    client_id: &str,
) -> Result<(Client, RegistrationToken), OAuthError> {
    let token = match bearer(&request.head) {
        Bearer::Token(token) => RegistrationToken::parse(token),
        Bearer::None | Bearer::Malformed => None,
    };
    let client_id = ClientId::parse(client_id).filter(|client_id| client_id.app_id().is_some());
    let (Some(token), Some(client_id)) = (token, client_id) else { return Err(unauthorized()) };
    if client_id.app_id() != Some(token.app_id()) {
        if let Some(misused) = app.stores.apps.void_registration_token(&token).await? {
            let event = event(AuditAction::RegistrationTokenMisused, request, &misused, app.clock.now());
            app.stores.audit.record(&event.refused()).await?;
        }
        return Err(unauthorized());
    }
    let loaded = app.load(Load { client: Some(client_id), ..Load::default() }).await?;
    let client = loaded
        .live_client(app.clock.now())
        .filter(|client| client.accepts_registration_token(&token, loaded.creator.as_ref()));
    Ok((client.cloned().ok_or_else(unauthorized)?, token))
}

/// The audit event of a change that a client makes to its registration, in the client's account, if it has one.
fn event(action: AuditAction, request: &Request, client: &Client, now: Timestamp) -> AuditEvent {
    let event = AuditEvent::new(action, request.origin(), now);
    let event = event.by_client(&client.client_id).about_client(&client.client_id);
    event.in_account(client.owner.map(|owner| owner.account_id))
}

fn unauthorized() -> OAuthError {
    let error = OAuthError::new(OAuthCode::InvalidToken, "This needs the client's registration access token");
    OAuthError { challenge: Some("Bearer realm=\"driftwood\", error=\"invalid_token\"".to_owned()), ..error }
}

/// RFC 7592 §2.2: the body names this client and has no other secret than the client's own, and no field that only the server
/// sets.
fn refuse_foreign(app: &App, client: &Client, body: &Fields) -> Result<(), OAuthError> {
    let invalid = |description: &'static str| Err(OAuthError::new(OAuthCode::InvalidClientMetadata, description));
    if body.text("client_id") != Ok(Some(client.client_id.to_string().as_str())) {
        return invalid("client_id must be the one of the registration");
    }
    let ours =
        ["registration_access_token", "registration_client_uri", "client_secret_expires_at", "client_id_issued_at"];
    if ours.iter().any(|name| body.has(name)) {
        return invalid(
            "The body must not have fields that only the server sets: registration_access_token, registration_client_uri, client_secret_expires_at, client_id_issued_at",
        );
    }
    match body.text("client_secret") {
        Ok(None) => Ok(()),
        Ok(Some(secret)) if client.accepts_secret(&Secret::new(secret), app.clock.now()) => Ok(()),
        _ => invalid("client_secret must be the client's own"),
    }
}
