//! `POST /api/auth-login`: signs a user in with e-mail address and password.

use std::sync::Arc;

use futures_util::future::try_join3;
use shared::app::App;
use shared::domain::audit::{AuditAction, AuditEvent};
use shared::domain::input::fields::Fields;
use shared::domain::password::Password;
use shared::domain::types::email::EmailAddress;
use shared::domain::types::sign_in_name::SignInName;
use shared::http::error::api::ApiError;
use shared::http::{Request, Response, reply};
use shared::keys::KeyUse;
use shared::lambda::Endpoint;
use shared::service::password::allowed;
use shared::service::session::sign_in::{self, PasswordSignIn};
use shared::service::session::tokens::{self, SignedIn};
use shared::service::user::restoration;

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::post(env!("CARGO_PKG_NAME"), handle).uses(&[KeyUse::Published, KeyUse::Signing, KeyUse::Mac])
}

struct Credentials {
    name: SignInName,
    password: Password,
    /// Whether an account that is deleted is to be restored.
    restore: bool,
}

/// Signs in: counts the attempt, verifies the password and begins a session. A user who deleted their account signs in only to
/// restore it.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, ApiError> {
    allowed::ensure(&app)?;
    let now = app.clock.now();
    let credentials = Credentials::parse(request.json()?)?;
    let (user, counted) = match sign_in::verify(&app, &credentials.name, &credentials.password, &request, now).await? {
        PasswordSignIn::Allowed(user, counted) => (user, counted),
        PasswordSignIn::Deleted(user, counted) if credentials.restore => {
            let restored = restoration::restore(&app, user, &request, now).await?;
            (restored.ok_or_else(ApiError::raced)?, counted)
        }
        PasswordSignIn::Deleted(user, _) => return Err(ApiError::account_deleted(&user)),
        PasswordSignIn::Refused => return Err(ApiError::invalid_credentials()),
    };
    let (session, refresh_token) = sign_in::api_session(&app, &user, request.device(), now);
    let tokens = tokens::issue(&app, &user, &session, &refresh_token, now).await?;
    // The writes do not depend on each other, and no client has the tokens of a session whose response was lost.
    let event = AuditEvent::new(AuditAction::UserSignedIn, request.origin(), now).of_session(&session);
    let known = counted.succeed(&app, &user, None, now);
    try_join3(app.stores.sessions.begin(&session), known, app.stores.audit.record(&event)).await?;
    Ok(reply::result(SignedIn::new(tokens, &user)))
}

impl Credentials {
    fn parse(mut body: Fields) -> Result<Self, ApiError> {
        let email = body.required("email", EmailAddress::parse);
        let password = body.required("password", Password::parse);
        let restore = body.flag("restore");
        Ok(body.finish(|| Some(Self { name: email?.into(), password: password?, restore }))?)
    }
}
