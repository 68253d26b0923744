//! `POST /api/oauth-apps-update`: changes an OAuth app's name, redirect URIs, scopes or keys.

use std::sync::Arc;

use shared::app::App;
use shared::app_view::OneApp;
use shared::audit::{AuditAction, AuditEvent};
use shared::caller::UserCaller;
use shared::client_metadata;
use shared::http::api_error::{ApiCode, ApiError};
use shared::http::{Fields, Request, Response, reply};
use shared::keyring::KeyUse;
use shared::lambda::Endpoint;
use shared::oauth::redirect_uri::RedirectUri;
use shared::oauth::scope::ScopeCatalogue;
use shared::oauth_app::{AppChange, AppId};
use shared::store::AppChanged;
use shared::text::DisplayName;
use shared::token::signing_keys::SigningAlgorithm;

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::post(env!("CARGO_PKG_NAME"), handle).uses(&[KeyUse::Published])
}

/// Changes what the body names; a scope that is taken away is gone from the app's tokens at once.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, ApiError> {
    let caller = UserCaller::authenticate(&app, &request).await?;
    let (id, change) = parse(request.json()?, &app.config.scopes)?;
    match app.stores.apps.update(caller.user.account_id, id, &change).await? {
        AppChanged::Done(changed) => {
            let event = AuditEvent::new(AuditAction::AppUpdated, request.origin(), app.clock.now());
            app.stores.audit.record(&event.of_user(&caller.user).about(id)).await?;
            Ok(reply::result(OneApp::new(&changed)))
        }
        AppChanged::Revoked => Err(ApiError::new(ApiCode::AppRevoked, "The app was revoked and cannot be changed")),
        AppChanged::NotFound => Err(ApiError::not_found("Your account has no such app")),
    }
}

fn parse(mut body: Fields, catalogue: &ScopeCatalogue) -> Result<(AppId, AppChange), ApiError> {
    let id = body.required("id", |text| AppId::parse(text).ok_or_else(|| "must be an app's id".to_owned()));
    let name = body.optional("name", DisplayName::parse);
    let redirect_uris = body.optional_list("redirect_uris", RedirectUri::MOST, RedirectUri::parse);
    let post_logout_redirect_uris =
        body.optional_list("post_logout_redirect_uris", RedirectUri::MOST, RedirectUri::parse);
    let id_token_signed_response_alg = body.optional("id_token_signed_response_alg", SigningAlgorithm::require);
    let scopes = body.optional_list("scopes", catalogue.len(), |name| catalogue.require(name));
    let scopes = scopes.map(|scopes| scopes.into_iter().collect());
    let keys = client_metadata::keys(&mut body);
    let change =
        AppChange { name, redirect_uris, post_logout_redirect_uris, id_token_signed_response_alg, scopes, keys };
    body.finish(|| Some((id?, change)))
}
