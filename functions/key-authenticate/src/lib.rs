//! `POST /authenticate`: signs in a script with a user key and its secret.

mod verification;

use std::sync::Arc;

use futures_util::future::try_join4;
use lambda_http::http::StatusCode;
use serde::Serialize;
use shared::app::App;
use shared::domain::audit::{AuditAction, AuditEvent};
use shared::domain::input::fields::Fields;
use shared::domain::password::Password;
use shared::domain::session::device::Device;
use shared::domain::session::id::SessionId;
use shared::domain::session::kind::SessionKind;
use shared::domain::session::lifetimes::RefreshLifetimes;
use shared::domain::session::proof::AuthenticationMethod;
use shared::domain::session::{Session, SessionCredential};
use shared::domain::types::timestamp::Timestamp;
use shared::domain::user::User;
use shared::domain::user_key::refresh_token::KeyRefreshToken;
use shared::domain::user_key::{UserKey, UserKeyName};
use shared::http::error::api::{ApiCode, ApiError};
use shared::http::error::resource::ResourceError;
use shared::http::{Request, Response, reply};
use shared::keys::KeyUse;
use shared::lambda::Endpoint;
use shared::service::password::allowed;
use shared::service::session::tokens;

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::post(env!("CARGO_PKG_NAME"), handle).uses(&[KeyUse::Published, KeyUse::Signing])
}

struct Credentials {
    key: UserKeyName,
    secret: Password,
}

#[derive(Serialize)]
struct Authenticated {
    access_token: String,
    refresh_token: String,
    token_type: &'static str,
    expires_in: u64,
}

/// Signs in: counts the attempt, verifies the secret and begins a session.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, ResourceError> {
    let now = app.clock.now();
    let credentials = Credentials::parse(request.json()?)?;
    let verified = verification::verify(&app, credentials.key, &credentials.secret, &request, now).await?;
    let (user, key, counted) = verified.ok_or_else(invalid_credentials)?;
    if key.method() == AuthenticationMethod::Secret {
        allowed::ensure(&app)?;
    }
    let (session, refresh_token) = begin(&app, &user, &key, request.device(), now);
    let access_token = tokens::access_token(&app, &user, &session, now).await?;
    // The writes do not depend on each other: the key is checked whenever its session is used, so a session of a key that was
    // revoked at the same time is not accepted.
    let event = AuditEvent::new(AuditAction::UserKeyUsed, request.origin(), now).of_user(&user).about(key.id);
    let (is_there, ..) = try_join4(
        app.stores.users.note_use(&key, &session.device.address, now),
        app.stores.sessions.begin(&session),
        counted.succeed(&app, &user, None, now),
        app.stores.audit.record(&event),
    )
    .await?;
    if !is_there {
        return Err(invalid_credentials().into());
    }
    Ok(reply::json(
        StatusCode::OK,
        &Authenticated {
            access_token: access_token.text.expose().to_owned(),
            refresh_token: refresh_token.issue().expose().to_owned(),
            token_type: "Bearer",
            expires_in: access_token.lifetime.as_secs(),
        },
    ))
}

/// The same error for an unknown key and a wrong secret.
fn invalid_credentials() -> ApiError {
    ApiError::new(ApiCode::InvalidCredentials, "The user key or its secret is wrong")
}

/// A new session of a script, not yet stored, and its refresh token.
fn begin(app: &App, user: &User, key: &UserKey, device: Device, now: Timestamp) -> (Session, KeyRefreshToken) {
    let id = SessionId::generate(now);
    let (token, secret_hash) = KeyRefreshToken::generate(user.id, key.id, id);
    let lifetimes =
        RefreshLifetimes { idle: app.config.user_key_refresh_lifetime, total: None, grace: app.config.refresh.grace };
    let credential = SessionCredential { id, secret_hash };
    let session = Session::begin(credential, user, SessionKind::UserKey { key_id: key.id }, lifetimes, device, now);
    (Session { authenticated_by: key.method(), ..session }, token)
}

impl Credentials {
    fn parse(mut body: Fields) -> Result<Self, ApiError> {
        let key = body.required("user_key", UserKeyName::parse);
        let secret = body.required("user_secret", Password::parse);
        Ok(body.finish(|| Some(Self { key: key?, secret: secret? }))?)
    }
}
