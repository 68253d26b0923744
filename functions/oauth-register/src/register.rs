//! A client registers dynamically, or a user registers one for their account.

use lambda_http::http::StatusCode;
use shared::app::App;
use shared::config::ClientRegistration;
use shared::domain::audit::{AuditAction, AuditEvent};
use shared::domain::client::metadata::{ClientMetadata, Registrant};
use shared::domain::client::{Client, Owner};
use shared::domain::oauth::client_auth::ClientAuthMethod;
use shared::domain::oauth::error::{OAuthCode, OAuthError};
use shared::domain::quota::Quotas;
use shared::http::bearer::{Bearer, bearer};
use shared::http::{Request, Response};
use shared::keys::Audience;
use shared::paths::CLIENT_REGISTRATION_V1;
use shared::service::caller::Caller;
use shared::service::client::creation;
use shared::service::throttle;

use crate::reply::{Registered, mistake};

/// Registers a client (RFC 7591 §3.1). With a user's access token it is an app of their account like any other. Without, it is an
/// unowned client, which is deleted if it is not used.
pub(crate) async fn register(app: &App, request: &Request) -> Result<Response, OAuthError> {
    let now = app.clock.now();
    let (owner, quotas) = owner(app, request).await?.unzip();
    if owner.is_none() {
        throttle::charge_client_registration(app, request.source(), now).await?;
    }
    let registrant = match owner {
        Some(_) => Registrant::Account,
        None => Registrant::Itself,
    };
    let metadata =
        ClientMetadata::read(request.json_object()?, registrant, default_method(request), &app.config.scopes);
    let metadata = metadata.map_err(mistake)?;
    let mut client = match owner {
        Some(owner) => Client::of_account(owner, metadata, now),
        None => Client::self_registered(metadata, now),
    };
    let (secret, token) = (client.ensure_secret(now), client.renew_registration_token());
    let event = AuditEvent::new(AuditAction::ClientRegistered, request.origin(), now).about_client(&client.client_id);
    let event = match owner {
        Some(owner) => event.of_member(owner.account_id, owner.created_by),
        None => event.by_client(&client.client_id),
    };
    match owner.zip(quotas) {
        None => app.stores.create_unowned(&client, &event).await?,
        Some((owner, quotas)) => {
            if !creation::create(app, owner, &client, &event, quotas, now).await? {
                let description = format!("Your account may have at most {} apps", quotas.apps);
                return Err(OAuthError::new(OAuthCode::AccessForbidden, description));
            }
        }
    }
    let registered = Registered { client: &client, secret: secret.as_ref(), token: token.as_ref() };
    registered.response(app, StatusCode::CREATED).await
}

/// The owner of the new client and what their account may have, from the initial access token (RFC 7591 §3).
async fn owner(app: &App, request: &Request) -> Result<Option<(Owner, Quotas)>, OAuthError> {
    let token = match bearer(&request.head) {
        Bearer::Token(token) => token,
        Bearer::Malformed => "",
        Bearer::None if app.config.client_registration == ClientRegistration::Open => return Ok(None),
        Bearer::None => return Err(Caller::missing_token(app).await),
    };
    let caller: Result<Caller, OAuthError> = Caller::identify(app, token, Audience::OurApi).await;
    match caller? {
        Caller::User(caller) => {
            let owner = Owner { account_id: caller.user.account_id, created_by: caller.user.id };
            Ok(Some((owner, app.config.quotas_of(&caller.user))))
        }
        Caller::App(_) | Caller::Delegate(_) => {
            let description = "A client is registered with the access token of a user who signed in, not of an app";
            Err(OAuthError::new(OAuthCode::AccessForbidden, description))
        }
    }
}

/// The authentication method of a client that names none: a secret (RFC 7591 §2), or none at the path for public clients.
fn default_method(request: &Request) -> ClientAuthMethod {
    if request.head.path == CLIENT_REGISTRATION_V1 {
        ClientAuthMethod::None
    } else {
        ClientAuthMethod::ClientSecretBasic
    }
}
