//! An OAuth app, as the JSON API shows it.

use serde::Serialize;

use crate::oauth::client_auth::ClientAuthMethod;
use crate::oauth::grant_type::GrantType;
use crate::oauth_app::{AppId, OauthApp};

/// An app without its secrets.
#[derive(Serialize)]
pub struct AppView {
    id: AppId,
    name: String,
    client_id: String,
    client_secret_prefix: Option<String>,
    redirect_uris: Vec<String>,
    scopes: Vec<String>,
    grant_types: Vec<GrantType>,
    token_endpoint_auth_method: ClientAuthMethod,
    created_at: String,
    revoked_at: Option<String>,
}

impl From<&OauthApp> for AppView {
    fn from(app: &OauthApp) -> Self {
        Self {
            id: app.id,
            name: app.name.as_str().to_owned(),
            client_id: app.client_id().to_string(),
            client_secret_prefix: app.secrets.first().map(|secret| secret.prefix.clone()),
            redirect_uris: app.redirect_uris.iter().map(|uri| uri.as_str().to_owned()).collect(),
            scopes: app.scopes.names().map(str::to_owned).collect(),
            grant_types: app.grant_types.clone(),
            token_endpoint_auth_method: app.token_endpoint_auth_method,
            created_at: app.created_at.to_rfc3339(),
            revoked_at: app.revoked_at.map(|at| at.to_rfc3339()),
        }
    }
}

/// An answer that shows one app.
#[derive(Serialize)]
pub struct OneApp {
    app: AppView,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<String>,
}

impl OneApp {
    /// The app alone.
    pub fn new(app: &OauthApp) -> Self {
        Self { app: AppView::from(app), client_secret: None }
    }

    /// The app and its secret, which is never shown again.
    pub fn with_secret(app: &OauthApp, secret: Option<&crate::oauth_app::ClientSecret>) -> Self {
        Self { client_secret: secret.map(|secret| secret.expose().to_owned()), ..Self::new(app) }
    }
}
