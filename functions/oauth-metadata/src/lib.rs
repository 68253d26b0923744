//! The discovery documents and the JWKS (RFC 8414, OpenID Connect Discovery, RFC 9728, RFC 7517).

use std::sync::Arc;

use lambda_http::http::Method;
use serde_json::{Value, json};
use shared::app::App;
use shared::http::{Request, Response, reply};
use shared::keyring::KeyUse;
use shared::lambda::Endpoint;
use shared::oauth::error::{OAuthCode, OAuthError};
use shared::oauth::scope::CATALOGUE;
use shared::paths::{AUTHORIZATION_SERVER, JWKS, OPENID_CONFIGURATION, PROTECTED_RESOURCE, TOKEN};

/// How long the documents may be kept, in seconds: less than the time between publishing a key and signing with it.
const MAX_AGE: u32 = 300;

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::post(env!("CARGO_PKG_NAME"), handle).methods(&[Method::GET]).for_everybody().uses(&[KeyUse::Published])
}

/// Answers with the document of the path.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, OAuthError> {
    let issuer = app.keys.issuer(&app.stores.keys).await?;
    let document = match request.head.path.as_str() {
        AUTHORIZATION_SERVER | OPENID_CONFIGURATION => authorization_server(&issuer),
        PROTECTED_RESOURCE => protected_resource(&issuer, app.keys.audience(&issuer)),
        JWKS => app.keys.published(&app.stores.keys).await?.to_jwks(app.clock.now()),
        _ => return Err(OAuthError::new(OAuthCode::NotFound, "There is nothing at this path")),
    };
    Ok(reply::public_json(&document, MAX_AGE))
}

/// What exists and nothing else; every list is stated, because the defaults of RFC 8414 §2 would claim more.
fn authorization_server(issuer: &str) -> Value {
    json!({
        "issuer": issuer,
        "token_endpoint": format!("{issuer}{TOKEN}"),
        "jwks_uri": format!("{issuer}{JWKS}"),
        "scopes_supported": scopes(),
        // There is no authorization endpoint yet, so there is no response type; RFC 8414 §2 wants the list all the same.
        "response_types_supported": [],
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
    })
}

fn protected_resource(issuer: &str, resource: &str) -> Value {
    json!({
        "resource": resource,
        "authorization_servers": [issuer],
        "scopes_supported": scopes(),
        "bearer_methods_supported": ["header"],
        "jwks_uri": format!("{issuer}{JWKS}"),
        "resource_name": "Driftwood",
    })
}

/// The scopes that `client_credentials` can give: those that are about data and not about a person at a browser.
fn scopes() -> Vec<&'static str> {
    let persons = ["openid", "profile", "email", "offline_access"];
    CATALOGUE.iter().map(|(name, _)| *name).filter(|name| !persons.contains(name)).collect()
}
