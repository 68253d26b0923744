//! A client registers dynamically, or a user registers one for their account.

use lambda_http::http::StatusCode;
use shared::app::App;
use shared::config::ClientRegistration;
use shared::domain::audit::{AuditAction, AuditEvent};
use shared::domain::client::metadata::{ClientMetadata, Registrant};
use shared::domain::client::{Client, Owner};
use shared::domain::oauth::client_auth::ClientAuthMethod;
use shared::domain::oauth::error::{OAuthCode, OAuthError};
use shared::domain::user::User;
use shared::domain::user::binding::Binding;
use shared::http::bearer::{Bearer, bearer};
use shared::http::{Request, Response};
use shared::keys::Audience;
use shared::paths::CLIENT_REGISTRATION_V1;
use shared::service::attempt::Attempt;
use shared::service::caller::Caller;
use shared::service::client::creation;
use shared::service::{notice, throttle, verified_email};

use crate::reply::{Registered, mistake};

/// Registers a client (RFC 7591 §3.1). With a user's access token it is an app of their account like any other. Without, it is an
/// unowned client, which is deleted if it is not used.
pub(crate) async fn register(app: &App, request: &Request) -> Result<Response, OAuthError> {
    let now = app.clock.now();
    let user = user(app, request).await?;
    let owner = user.as_ref().map(Owner::of);
    if owner.is_none() {
        throttle::charge_client_registration(app, &Attempt::new(request.origin(), now)).await?;
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
    let (secret, token) = (client.ensure_secret(now), client.renew_registration_token(user.as_ref()));
    let event = AuditEvent::new(AuditAction::ClientRegistered, request.origin(), now).about_client(&client.client_id);
    let (event, notice) = match (&user, client.client_id.app_id()) {
        (Some(user), Some(id)) => {
            throttle::charge_notice(app, user, Attempt::new(request.origin(), now)).await?;
            let notice = notice::of_binding(app, user, Binding::App(id), &request.origin(), now);
            (event.of_user(user), notice)
        }
        _ => (event.by_client(&client.client_id), None),
    };
    match &user {
        None => app.stores.create_unowned(&client, &event).await?,
        Some(user) => {
            if !creation::create(app, user, &client, notice.as_ref(), &event, now).await? {
                let most = app.config.quotas_of(user).apps;
                let description = format!("Your account may have at most {most} apps");
                return Err(OAuthError::new(OAuthCode::AccessForbidden, description));
            }
        }
    }
    let registered = Registered { client: &client, secret: secret.as_ref(), token: token.as_ref() };
    registered.response(app, StatusCode::CREATED).await
}

/// The user for whose account the new client is, from the initial access token (RFC 7591 §3).
async fn user(app: &App, request: &Request) -> Result<Option<User>, OAuthError> {
    let token = match bearer(&request.head) {
        Bearer::Token(token) => token,
        Bearer::Malformed => "",
        Bearer::None if app.config.client_registration == ClientRegistration::Open => return Ok(None),
        Bearer::None => return Err(Caller::missing_token(app).await),
    };
    let caller: Result<Caller, OAuthError> = Caller::identify(app, token, Audience::OurApi).await;
    match caller? {
        Caller::User(caller) if !verified_email::is_enough(app, &caller.user) => {
            let description = "A client is registered by users with a verified e-mail address";
            Err(OAuthError::new(OAuthCode::AccessForbidden, description))
        }
        Caller::User(caller) if caller.session.is_recent_sign_in(app.clock.now()) => Ok(Some(caller.user)),
        Caller::User(_) => {
            let description = "A client is registered within ten minutes of the user's sign-in; sign in once more";
            Err(OAuthError::new(OAuthCode::AccessForbidden, description))
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
