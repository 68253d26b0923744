//! `POST /api/oauth-apps-create`: makes an OAuth app of the caller's account and shows its secret once.

use std::sync::Arc;

use shared::app::App;
use shared::app_view::OneApp;
use shared::audit::{AuditAction, AuditEvent};
use shared::caller::UserCaller;
use shared::client_metadata::{self, ClientMetadata};
use shared::http::api_error::ApiError;
use shared::http::{Fields, Request, Response, reply};
use shared::keyring::KeyUse;
use shared::lambda::Endpoint;
use shared::oauth::client_auth::ClientAuthMethod;
use shared::oauth::grant_type::GrantType;
use shared::oauth::redirect_uri::RedirectUri;
use shared::oauth::scope::ScopeCatalogue;
use shared::oauth_app::{OauthApp, Owner};
use shared::text::DisplayName;
use shared::token::signing_keys::SigningAlgorithm;

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::post(env!("CARGO_PKG_NAME"), handle).uses(&[KeyUse::Published])
}

/// Creates the app; one that proves itself without a secret gets none.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, ApiError> {
    let caller = UserCaller::authenticate(&app, &request).await?;
    let metadata = parse(request.json()?, &app.config.scopes)?;
    let now = app.clock.now();
    let owner = Owner { account_id: caller.user.account_id, created_by: caller.user.id };
    let mut new = OauthApp::of_account(owner, metadata, now);
    let secret = new.settle_secret(now);
    let event = AuditEvent::new(AuditAction::AppCreated, request.origin(), now).of_user(&caller.user);
    app.stores.create_app(&new, &event.about_client(&new.client_id)).await?;
    Ok(reply::result(OneApp::with_secret(&new, secret.as_ref())))
}

fn parse(mut body: Fields, catalogue: &ScopeCatalogue) -> Result<ClientMetadata, ApiError> {
    let name = body.required("name", DisplayName::parse);
    let uris = |body: &mut Fields, name| body.optional_list(name, RedirectUri::MOST, RedirectUri::parse);
    let redirect_uris = uris(&mut body, "redirect_uris").unwrap_or_default();
    let post_logout_redirect_uris = uris(&mut body, "post_logout_redirect_uris").unwrap_or_default();
    let id_token_alg = body.optional("id_token_signed_response_alg", SigningAlgorithm::require);
    let scopes = body.optional_list("scopes", catalogue.len(), |name| catalogue.require(name)).unwrap_or_default();
    let auth_method = body.optional("token_endpoint_auth_method", ClientAuthMethod::require);
    let grant_types = body.optional_list("grant_types", GrantType::ALL.len(), GrantType::require);
    let keys = client_metadata::keys(&mut body);
    let auth_method = auth_method.unwrap_or(ClientAuthMethod::ClientSecretBasic);
    let grant_types = grant_types.unwrap_or_else(|| GrantType::defaults(!redirect_uris.is_empty(), auth_method));
    let metadata = name.map(|name| ClientMetadata {
        redirect_uris,
        post_logout_redirect_uris,
        id_token_signed_response_alg: id_token_alg.unwrap_or_default(),
        scopes: scopes.into_iter().collect(),
        grant_types,
        token_endpoint_auth_method: auth_method,
        keys,
        ..ClientMetadata::machine(name)
    });
    if let Some(metadata) = &metadata {
        metadata.check(&mut body);
    }
    body.finish(|| metadata)
}
