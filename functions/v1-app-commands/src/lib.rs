//! `POST /api/v1/apps/{appId}/commands`: actions on an app that do not change its configuration.

use std::sync::Arc;
use std::time::Duration;

use lambda_http::http::StatusCode;
use shared::app::App;
use shared::domain::input::fields::Fields;
use shared::domain::oauth::scope::Scope;
use shared::http::error::api::ApiError;
use shared::http::error::resource::ResourceError;
use shared::http::view::client::AppResource;
use shared::http::{Request, Response, app_path, reply};
use shared::keys::KeyUse;
use shared::lambda::Endpoint;
use shared::service::caller::Caller;
use shared::service::client::management::{AppManagement, OVERLAP};

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::post(env!("CARGO_PKG_NAME"), handle).uses(&[KeyUse::Published])
}

/// A command.
#[derive(Clone, Copy)]
enum Command {
    RotateSecret,
    Enable,
    Disable,
    RevokeTokens,
}

impl Command {
    const ALL: [(&str, Self); 4] = [
        ("rotate_secret", Self::RotateSecret),
        ("enable", Self::Enable),
        ("disable", Self::Disable),
        ("revoke_tokens", Self::RevokeTokens),
    ];

    fn parse(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|(name, _)| *name == text).map(|(_, command)| command);
        known.ok_or_else(|| format!("must be one of {}", Self::ALL.map(|(name, _)| name).join(", ")))
    }
}

/// Runs the command and returns the app, with its new secret after a rotation.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, ResourceError> {
    let caller = Caller::authenticate(&app, &request).await?;
    caller.require(&app, Scope::APP_WRITE).await?;
    let id = app_path::id(&request.head.path)?;
    let (command, overlap) = parse(request.json()?)?;
    let apps = AppManagement::new(&app, caller.actor(), &request);
    if matches!(command, Command::RotateSecret | Command::Enable) {
        caller.ensure_recent_sign_in(app.clock.now())?;
    }
    if !matches!(command, Command::RotateSecret) {
        apps.ensure_managed_by(&caller, id).await?;
    }
    let (changed, secret) = match command {
        Command::RotateSecret => {
            let found = apps.find(id).await?;
            caller.ensure_can_give_access(&found)?;
            let (rotated, secret) = apps.rotate_secret(&found, overlap).await?;
            (rotated, Some(secret))
        }
        Command::Enable => (apps.enable(id).await?, None),
        Command::Disable => (apps.disable(id).await?, None),
        Command::RevokeTokens => (apps.revoke_tokens(id).await?, None),
    };
    Ok(reply::json(StatusCode::OK, &AppResource::with_secret(&changed, secret.as_ref())))
}

fn parse(mut body: Fields) -> Result<(Command, Duration), ApiError> {
    let command = body.required("command", Command::parse);
    let overlap = Duration::from_secs(body.number("overlap_seconds", 0, OVERLAP));
    Ok(body.finish(|| Some((command?, overlap)))?)
}
