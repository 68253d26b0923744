//! `POST /oauth2/token` and its aliases: the token endpoint (RFC 6749 §3.2), a file for each grant.

mod client;
mod grants {
    pub(crate) mod client_credentials;
}
mod reply;

use std::sync::Arc;

use shared::app::App;
use shared::http::oauth_reply::wants_envelope;
use shared::http::{Fields, Request, Response};
use shared::keyring::KeyUse;
use shared::lambda::Endpoint;
use shared::oauth::error::{OAuthCode, OAuthError};
use shared::oauth::grant_type::GrantType;

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::post(env!("CARGO_PKG_NAME"), handle).for_everybody().uses(&[KeyUse::Published, KeyUse::Signing])
}

/// Gives a token: the client is authenticated before its grant is looked at.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, OAuthError> {
    let parameters = parameters(&request)?;
    let grant = grant_type(&parameters)?;
    let client = client::authenticate(&app, &request, &parameters).await?;
    let token = match grant {
        GrantType::ClientCredentials => grants::client_credentials::issue(&app, &client, &parameters).await?,
        GrantType::AuthorizationCode | GrantType::RefreshToken => return Err(unsupported()),
    };
    Ok(reply::token(&request.head, &token))
}

fn parameters(request: &Request) -> Result<Fields, OAuthError> {
    // RFC 6749 §3.2: parameters come in the body, and never in the address, where logs would keep them.
    if request.has_query() {
        return Err(OAuthError::invalid_request("Parameters must be in the body, not in the query"));
    }
    Ok(if wants_envelope(&request.head) { request.json()? } else { request.form()? })
}

fn grant_type(parameters: &Fields) -> Result<GrantType, OAuthError> {
    let name = text(parameters, "grant_type")?
        .ok_or_else(|| OAuthError::invalid_request("Missing required parameter: grant_type"))?;
    GrantType::parse(name).ok_or_else(unsupported)
}

/// A parameter that may be absent.
fn text<'f>(parameters: &'f Fields, name: &'static str) -> Result<Option<&'f str>, OAuthError> {
    parameters.text(name).map_err(|name| OAuthError::invalid_request(format!("{name} must be a text")))
}

fn unsupported() -> OAuthError {
    OAuthError::new(OAuthCode::UnsupportedGrantType, "The only grant here is client_credentials")
}
