//! `POST /api/oauth-apps-update`: changes an OAuth app's name, redirect URIs, scopes or keys.

use std::sync::Arc;

use shared::app::App;
use shared::domain::actor::Actor;
use shared::domain::client::id::AppId;
use shared::domain::client::{AppChange, metadata, settings};
use shared::domain::crypto::signing_algorithm::SigningAlgorithm;
use shared::domain::input::fields::Fields;
use shared::domain::oauth::scope::ScopeCatalogue;
use shared::domain::types::display_name::DisplayName;
use shared::http::error::api::ApiError;
use shared::http::view::client::AppEnvelope;
use shared::http::{Request, Response, reply};
use shared::keys::KeyUse;
use shared::lambda::Endpoint;
use shared::service::caller::UserCaller;
use shared::service::client::management::AppManagement;

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::post(env!("CARGO_PKG_NAME"), handle).uses(&[KeyUse::Published])
}

/// Changes only the fields that the body names. A removed scope is removed from the app's tokens at once.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, ApiError> {
    let caller = UserCaller::authenticate(&app, &request).await?;
    let (id, change) = parse(request.json()?, &app.config.scopes)?;
    if change.gives_access() {
        caller.ensure_recent_sign_in(app.clock.now())?;
    }
    let apps = AppManagement::new(&app, Actor::of_user(&caller.user), &request);
    Ok(reply::result(AppEnvelope::new(&apps.change(id, &change).await?)))
}

fn parse(mut body: Fields, catalogue: &ScopeCatalogue) -> Result<(AppId, AppChange), ApiError> {
    let id = body.required("id", AppId::require);
    let name = body.optional("name", DisplayName::parse);
    let redirect_uris = settings::redirect_uris(&mut body, "redirect_uris");
    let post_logout_redirect_uris = settings::redirect_uris(&mut body, "post_logout_redirect_uris");
    let id_token_signed_response_alg = body.optional("id_token_signed_response_alg", SigningAlgorithm::require);
    let scopes = settings::scopes(&mut body, catalogue);
    let keys = metadata::keys(&mut body);
    let change =
        AppChange { name, redirect_uris, post_logout_redirect_uris, id_token_signed_response_alg, scopes, keys };
    Ok(body.finish(|| Some((id?, change)))?)
}
