//! An OAuth app, as the JSON API shows it.

use serde::Serialize;

use crate::domain::client::Client;
use crate::domain::client::id::AppId;
use crate::domain::client::keys::{ClientKeys, KeySet};
use crate::domain::client::secret::ClientSecret;
use crate::domain::crypto::signing_algorithm::SigningAlgorithm;
use crate::domain::oauth::client_auth::ClientAuthMethod;
use crate::domain::oauth::grant_type::GrantType;
use crate::domain::oauth::redirect_uri::RedirectUri;

/// An app without its secrets.
#[derive(Serialize)]
pub struct AppView {
    id: Option<AppId>,
    name: String,
    client_id: String,
    client_secret_prefix: Option<String>,
    redirect_uris: Vec<String>,
    post_logout_redirect_uris: Vec<String>,
    id_token_signed_response_alg: SigningAlgorithm,
    scopes: Vec<String>,
    grant_types: Vec<GrantType>,
    token_endpoint_auth_method: ClientAuthMethod,
    #[serde(skip_serializing_if = "Option::is_none")]
    jwks: Option<KeySet>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jwks_uri: Option<String>,
    /// The client id of the app that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    made_by: Option<String>,
    created_at: String,
    disabled_at: Option<String>,
    revoked_at: Option<String>,
}

impl From<&Client> for AppView {
    fn from(app: &Client) -> Self {
        let (inline, remote) = match app.metadata.keys.clone() {
            Some(ClientKeys::Jwks(set)) => (Some(set), None),
            Some(ClientKeys::JwksUri(uri)) => (None, Some(uri)),
            None => (None, None),
        };
        Self {
            id: app.client_id.app_id(),
            name: app.metadata.name.as_str().to_owned(),
            client_id: app.client_id.to_string(),
            client_secret_prefix: app.secrets.first().map(|secret| secret.prefix.clone()),
            redirect_uris: strings(&app.metadata.redirect_uris),
            post_logout_redirect_uris: strings(&app.metadata.post_logout_redirect_uris),
            id_token_signed_response_alg: app.metadata.id_token_signed_response_alg,
            scopes: app.metadata.scopes.names().map(str::to_owned).collect(),
            grant_types: app.metadata.grant_types.clone(),
            token_endpoint_auth_method: app.metadata.token_endpoint_auth_method,
            jwks: inline,
            jwks_uri: remote,
            made_by: app.made_by.as_ref().map(|maker| maker.client_id.to_string()),
            created_at: app.created_at.to_rfc3339(),
            disabled_at: app.disabled_at.map(|at| at.to_rfc3339()),
            revoked_at: app.revoked_at.map(|at| at.to_rfc3339()),
        }
    }
}

fn strings(uris: &[RedirectUri]) -> Vec<String> {
    uris.iter().map(|uri| uri.as_str().to_owned()).collect()
}

/// A response that shows a page of a list.
#[derive(Serialize)]
pub struct AppPage {
    apps: Vec<AppView>,
    next_cursor: Option<AppId>,
}

impl AppPage {
    /// These apps, and where the list continues.
    pub fn new(apps: &[Client], next_cursor: Option<AppId>) -> Self {
        Self { apps: apps.iter().map(AppView::from).collect(), next_cursor }
    }
}

/// An app as a resource of its own, as the management API shows it.
#[derive(Serialize)]
pub struct AppResource {
    #[serde(flatten)]
    app: AppView,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<String>,
}

impl AppResource {
    /// The app alone.
    pub fn new(app: &Client) -> Self {
        Self::with_secret(app, None)
    }

    /// The app and its secret, which is never shown again.
    pub fn with_secret(app: &Client, secret: Option<&ClientSecret>) -> Self {
        Self { app: app.into(), client_secret: secret.map(|secret| secret.expose().to_owned()) }
    }
}

/// A response that shows one app.
#[derive(Serialize)]
pub struct AppEnvelope {
    app: AppView,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<String>,
}

impl AppEnvelope {
    /// The app alone.
    pub fn new(app: &Client) -> Self {
        Self { app: AppView::from(app), client_secret: None }
    }

    /// The app and its secret, which is never shown again.
    pub fn with_secret(app: &Client, secret: Option<&ClientSecret>) -> Self {
        Self { client_secret: secret.map(|secret| secret.expose().to_owned()), ..Self::new(app) }
    }
}
