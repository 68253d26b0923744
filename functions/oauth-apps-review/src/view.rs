//! A client, as an operator looks at it.

use serde::Serialize;
use shared::domain::client::Client;
use shared::domain::client::standing::Standing;
use shared::domain::client::version::AppIdentity;
use shared::domain::oauth::client_auth::ClientAuthMethod;
use shared::domain::oauth::redirect_uri::RedirectUri;

/// A response that shows one client.
#[derive(Serialize)]
pub(crate) struct OneClient {
    client: ClientRecord,
}

/// A client with what users see of it.
#[derive(Serialize)]
struct ClientRecord {
    client_id: String,
    name: String,
    standing: Standing,
    /// What a decision is on: it changes with everything that decides whom users deal with.
    identity: AppIdentity,
    redirect_uris: Vec<String>,
    token_endpoint_auth_method: ClientAuthMethod,
    #[serde(skip_serializing_if = "Option::is_none")]
    logo_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    policy_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tos_uri: Option<String>,
    /// The user who made it; absent for a client that registered itself or has a document.
    #[serde(skip_serializing_if = "Option::is_none")]
    created_by: Option<String>,
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reviewed_at: Option<String>,
}

impl OneClient {
    pub(crate) fn of(client: &Client) -> Self {
        let about = client.metadata.about.clone();
        let review = client.review.as_ref().filter(|review| review.identity == client.reviewable());
        let client = ClientRecord {
            client_id: client.client_id.to_string(),
            name: client.metadata.name.as_str().to_owned(),
            standing: client.standing,
            identity: client.reviewable(),
            redirect_uris: client.metadata.redirect_uris.iter().map(RedirectUri::as_str).map(str::to_owned).collect(),
            token_endpoint_auth_method: client.metadata.token_endpoint_auth_method,
            logo_uri: about.logo_uri,
            client_uri: about.client_uri,
            policy_uri: about.policy_uri,
            tos_uri: about.tos_uri,
            created_by: client.owner.map(|owner| owner.created_by.to_string()),
            created_at: client.created_at.to_rfc3339(),
            reviewed_at: review.map(|review| review.at.to_rfc3339()),
        };
        Self { client }
    }
}
