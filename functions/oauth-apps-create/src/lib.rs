//! `POST /api/oauth-apps-create`: makes an OAuth app of the caller's account and shows its secret once.

use std::sync::Arc;

use shared::app::App;
use shared::app_view::OneApp;
use shared::caller::UserCaller;
use shared::clock::Timestamp;
use shared::http::api_error::ApiError;
use shared::http::{Fields, Request, Response, reply};
use shared::id::AttemptId;
use shared::keyring::KeyUse;
use shared::lambda::Endpoint;
use shared::oauth::client_auth::ClientAuthMethod;
use shared::oauth::grant_type::GrantType;
use shared::oauth::redirect_uri::RedirectUri;
use shared::oauth::scope::{ScopeCatalogue, ScopeSet};
use shared::oauth_app::{AppId, ClientSecret, OauthApp};
use shared::text::DisplayName;
use shared::token::signing_keys::SigningAlgorithm;

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::post(env!("CARGO_PKG_NAME"), handle).uses(&[KeyUse::Published])
}

/// Creates the app; a public client gets no secret.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, ApiError> {
    let caller = UserCaller::authenticate(&app, &request).await?;
    let settings = Settings::parse(request.json()?, &app.config.scopes)?;
    let now = app.clock.now();
    let secret = (settings.auth_method != ClientAuthMethod::None).then(ClientSecret::generate);
    let new = settings.into_app(&caller, secret.as_ref(), now);
    app.stores.apps.create(&new).await?;
    Ok(reply::result(OneApp::with_secret(&new, secret.as_ref())))
}

struct Settings {
    name: DisplayName,
    redirect_uris: Vec<RedirectUri>,
    post_logout_redirect_uris: Vec<RedirectUri>,
    id_token_alg: SigningAlgorithm,
    scopes: ScopeSet,
    grant_types: Vec<GrantType>,
    auth_method: ClientAuthMethod,
}

impl Settings {
    fn parse(mut body: Fields, catalogue: &ScopeCatalogue) -> Result<Self, ApiError> {
        let name = body.required("name", DisplayName::parse);
        let redirect_uris =
            body.optional_list("redirect_uris", RedirectUri::MOST, RedirectUri::parse).unwrap_or_default();
        let post_logout_redirect_uris =
            body.optional_list("post_logout_redirect_uris", RedirectUri::MOST, RedirectUri::parse).unwrap_or_default();
        let id_token_alg = body.optional("id_token_signed_response_alg", SigningAlgorithm::require);
        let scopes = body.optional_list("scopes", catalogue.len(), |name| catalogue.require(name)).unwrap_or_default();
        let auth_method = body.optional("token_endpoint_auth_method", |text| {
            ClientAuthMethod::parse(text)
                .ok_or_else(|| "must be client_secret_basic, client_secret_post or none".to_owned())
        });
        let grant_types = body.optional_list("grant_types", 3, |text| {
            GrantType::parse(text)
                .ok_or_else(|| "must be of authorization_code, refresh_token and client_credentials".to_owned())
        });
        let auth_method = auth_method.unwrap_or(ClientAuthMethod::ClientSecretBasic);
        let grant_types = grant_types.unwrap_or_else(|| GrantType::defaults(!redirect_uris.is_empty(), auth_method));
        if let Err(mistake) = GrantType::check(&grant_types, !redirect_uris.is_empty(), auth_method) {
            body.mistake::<()>("grant_types", mistake.to_owned());
        }
        body.finish(|| {
            Some(Self {
                name: name?,
                redirect_uris,
                post_logout_redirect_uris,
                id_token_alg: id_token_alg.unwrap_or(SigningAlgorithm::RS256),
                scopes: scopes.into_iter().collect(),
                grant_types,
                auth_method,
            })
        })
    }

    fn into_app(self, caller: &UserCaller, secret: Option<&ClientSecret>, now: Timestamp) -> OauthApp {
        OauthApp {
            id: AppId::generate(now),
            account_id: caller.user.account_id,
            created_by: caller.user.id,
            name: self.name,
            redirect_uris: self.redirect_uris,
            post_logout_redirect_uris: self.post_logout_redirect_uris,
            id_token_signed_response_alg: self.id_token_alg,
            scopes: self.scopes,
            grant_types: self.grant_types,
            token_endpoint_auth_method: self.auth_method,
            secrets: secret.map(|secret| secret.stored(now)).into_iter().collect(),
            secrets_version: AttemptId::generate(now),
            created_at: now,
            revoked_at: None,
        }
    }
}
