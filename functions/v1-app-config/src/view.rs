//! The JSON of a configuration: every setting, with or without a value.

use serde::Serialize;
use shared::domain::client::Client;
use shared::domain::client::keys::{ClientKeys, KeySet};
use shared::domain::client::metadata::ClientDetails;
use shared::domain::crypto::signing_algorithm::SigningAlgorithm;
use shared::domain::event::EventType;
use shared::domain::oauth::client_auth::ClientAuthMethod;
use shared::domain::oauth::grant_type::GrantType;
use shared::domain::oauth::redirect_uri::RedirectUri;
use shared::domain::oauth::scope::ScopeSet;
use shared::domain::types::display_name::DisplayName;

/// A configuration.
#[derive(Serialize)]
pub(crate) struct ConfigView<'a> {
    name: &'a DisplayName,
    redirect_uris: &'a [RedirectUri],
    post_logout_redirect_uris: &'a [RedirectUri],
    scopes: &'a ScopeSet,
    grant_types: &'a [GrantType],
    token_endpoint_auth_method: ClientAuthMethod,
    id_token_signed_response_alg: SigningAlgorithm,
    jwks: Option<&'a KeySet>,
    jwks_uri: Option<&'a str>,
    client_uri: Option<&'a str>,
    logo_uri: Option<&'a str>,
    policy_uri: Option<&'a str>,
    tos_uri: Option<&'a str>,
    event_subscriptions: &'a [EventType],
}

impl<'a> From<&'a Client> for ConfigView<'a> {
    fn from(app: &'a Client) -> Self {
        let metadata = &app.metadata;
        let ClientDetails { client_uri, logo_uri, policy_uri, tos_uri, .. } = &metadata.about;
        Self {
            name: &metadata.name,
            redirect_uris: &metadata.redirect_uris,
            post_logout_redirect_uris: &metadata.post_logout_redirect_uris,
            scopes: &metadata.scopes,
            grant_types: &metadata.grant_types,
            token_endpoint_auth_method: metadata.token_endpoint_auth_method,
            id_token_signed_response_alg: metadata.id_token_signed_response_alg,
            jwks: match &metadata.keys {
                Some(ClientKeys::Jwks(set)) => Some(set),
                _ => None,
            },
            jwks_uri: match &metadata.keys {
                Some(ClientKeys::JwksUri(uri)) => Some(uri),
                _ => None,
            },
            client_uri: client_uri.as_deref(),
            logo_uri: logo_uri.as_deref(),
            policy_uri: policy_uri.as_deref(),
            tos_uri: tos_uri.as_deref(),
            event_subscriptions: &app.event_subscriptions,
        }
    }
}
