//! The discovery documents and the JWKS (RFC 8414, OpenID Connect Discovery, RFC 9728, RFC 7517, RFC 7033).

mod webfinger;

use std::sync::Arc;

use serde_json::{Value, json};
use shared::app::App;
use shared::domain::oauth::error::{OAuthCode, OAuthError};
use shared::domain::oauth::grant_type::GrantType;
use shared::domain::types::display_name::DisplayName;
use shared::http::{Request, Response, reply};
use shared::keys::KeyUse;
use shared::lambda::Endpoint;
use shared::paths::{
    ACCOUNT, AUTHORIZATION_SERVER, AUTHORIZE, CLIENT_REGISTRATION, DEVICE_AUTHORIZATION, FORGOT_PASSWORD, INTROSPECT,
    JWKS, LOGOUT, OPENID_CONFIGURATION, PROTECTED_RESOURCE, PUSHED_AUTHORIZATION, REVOKE, TOKEN, USERINFO, WEBFINGER,
};

/// How long the documents may be cached, in seconds: less than the time between publishing a key and signing with it.
pub(crate) const MAX_AGE: u32 = 300;

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::get(env!("CARGO_PKG_NAME"), handle).any_origin().uses(&[KeyUse::Published])
}

/// Returns the document of the path. Clients cannot do anything without these, so all but the JWKS of a process that never read
/// the keys are served while the tables are unavailable.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, OAuthError> {
    let issuer = app.keys.issuer_for_documents(&app.stores.keys, request.head.api_id.as_deref()).await?;
    let path = request.head.path.as_str();
    let document = match path {
        WEBFINGER => return webfinger::answer(&request, &issuer),
        AUTHORIZATION_SERVER | OPENID_CONFIGURATION => Some(authorization_server(&app, &issuer)),
        PROTECTED_RESOURCE => Some(protected_resource(&app, &issuer, None)),
        JWKS => Some(app.keys.published_for_documents(&app.stores.keys).await?.to_jwks(app.clock.now())),
        // RFC 9728 §3.1: the path of a resource of ours follows the well-known path.
        _ => path.strip_prefix(PROTECTED_RESOURCE).and_then(|behind| {
            let resource = format!("{issuer}{behind}");
            let audience = app.keys.audience_for(&issuer, Some(&resource))?;
            let other = Some(audience).filter(|audience| *audience != app.keys.audience(&issuer));
            Some(protected_resource(&app, &issuer, other))
        }),
    };
    let document = document.ok_or_else(|| OAuthError::new(OAuthCode::NotFound, "There is nothing at this path"))?;
    Ok(reply::public_json(&document, MAX_AGE))
}

/// The metadata of what exists. Every list is stated, because the defaults of RFC 8414 §2 would be wrong.
fn authorization_server(app: &App, issuer: &str) -> Value {
    let at = |path: &str| format!("{issuer}{path}");
    let auth_methods = ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"];
    let mut document = json!({
        "issuer": issuer,
        "authorization_endpoint": at(AUTHORIZE),
        "token_endpoint": at(TOKEN),
        "userinfo_endpoint": at(USERINFO),
        "end_session_endpoint": at(LOGOUT),
        "jwks_uri": at(JWKS),
        "scopes_supported": app.config.scopes.names().collect::<Vec<_>>(),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "form_post"],
        "grant_types_supported": GrantType::ALL,
        "token_endpoint_auth_methods_supported": auth_methods,
        "token_endpoint_auth_signing_alg_values_supported": ["RS256", "ES256"],
        "registration_endpoint": at(CLIENT_REGISTRATION),
        "client_id_metadata_document_supported": true,
        "revocation_endpoint": at(REVOKE),
        "revocation_endpoint_auth_methods_supported": auth_methods,
        "revocation_endpoint_auth_signing_alg_values_supported": ["RS256", "ES256"],
        "introspection_endpoint": at(INTROSPECT),
        // Not "none": a public client cannot authenticate.
        "introspection_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "private_key_jwt"],
        "introspection_endpoint_auth_signing_alg_values_supported": ["RS256", "ES256"],
        "device_authorization_endpoint": at(DEVICE_AUTHORIZATION),
        "pushed_authorization_request_endpoint": at(PUSHED_AUTHORIZATION),
        "require_pushed_authorization_requests": false,
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "ES256"],
        "claims_supported": [
            "iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "at_hash", "sid", "amr", "name", "preferred_username", "locale", "email",
            "email_verified", "groups",
        ],
        // Our own: where users manage their account, and whether addresses can be verified and passwords reset by mail.
        "account_management_uri": at(ACCOUNT),
        "mail_supported": app.config.mail_from.is_some(),
        "prompt_values_supported": ["none", "login", "consent", "select_account", "create"],
        "claims_parameter_supported": false,
        "request_parameter_supported": false,
        // The default of OpenID Connect Discovery §3 is true; it does not concern pushed requests (RFC 9126).
        "request_uri_parameter_supported": false,
    });
    if let Some(document) = document.as_object_mut().filter(|_| app.config.mail_from.is_some()) {
        document.insert("password_reset_uri".to_owned(), json!(at(FORGOT_PASSWORD)));
    }
    document
}

/// The metadata of an API (RFC 9728 §2); without a name, of our own.
fn protected_resource(app: &App, issuer: &str, resource: Option<&str>) -> Value {
    let name = resource.and_then(|resource| app.config.resources.name_of(resource));
    let mut document = json!({
        "resource": resource.unwrap_or_else(|| app.keys.audience(issuer)),
        "authorization_servers": [issuer],
        "bearer_methods_supported": ["header"],
        "jwks_uri": format!("{issuer}{JWKS}"),
        "resource_name": name.map_or(app.config.brand.name.as_str(), DisplayName::as_str),
    });
    let scopes = app.config.resources.advertised_scopes_of(resource, &app.config.scopes);
    if let Some(document) = document.as_object_mut().filter(|_| !scopes.is_empty()) {
        document.insert("scopes_supported".to_owned(), json!(scopes));
    }
    document
}
