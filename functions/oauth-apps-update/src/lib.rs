//! `POST /api/oauth-apps-update`: changes an OAuth app's name, redirect URIs, scopes or keys.

use std::sync::Arc;

use shared::actor::Actor;
use shared::app::App;
use shared::app_management::AppManagement;
use shared::app_settings;
use shared::app_view::OneApp;
use shared::caller::UserCaller;
use shared::client_metadata;
use shared::http::api_error::ApiError;
use shared::http::{Fields, Request, Response, reply};
use shared::keyring::KeyUse;
use shared::lambda::Endpoint;
use shared::oauth::scope::ScopeCatalogue;
use shared::oauth_app::{AppChange, AppId};
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
    let apps = AppManagement::new(&app, Actor::of_user(&caller.user), &request);
    Ok(reply::result(OneApp::new(&apps.change(id, &change).await?)))
}

fn parse(mut body: Fields, catalogue: &ScopeCatalogue) -> Result<(AppId, AppChange), ApiError> {
    let id = body.required("id", AppId::require);
    let name = body.optional("name", DisplayName::parse);
    let redirect_uris = app_settings::redirect_uris(&mut body, "redirect_uris");
    let post_logout_redirect_uris = app_settings::redirect_uris(&mut body, "post_logout_redirect_uris");
    let id_token_signed_response_alg = body.optional("id_token_signed_response_alg", SigningAlgorithm::require);
    let scopes = app_settings::scopes(&mut body, catalogue);
    let keys = client_metadata::keys(&mut body);
    let change =
        AppChange { name, redirect_uris, post_logout_redirect_uris, id_token_signed_response_alg, scopes, keys };
    body.finish(|| Some((id?, change)))
}
