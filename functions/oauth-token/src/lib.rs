//! `POST /oauth2/token` and its aliases: the token endpoint (RFC 6749 §3.2), a file for each grant.

mod audience;
mod delegation;
mod grants {
    pub(crate) mod authorization_code;
    pub(crate) mod client_credentials;
    pub(crate) mod device_code;
    pub(crate) mod refresh_token;
}
mod redemption;
mod reply;

use std::sync::Arc;

use shared::app::App;
use shared::domain::input::fields::Fields;
use shared::domain::oauth::error::{OAuthCode, OAuthError};
use shared::domain::oauth::grant_type::GrantType;
use shared::http::error::oauth::wants_envelope;
use shared::http::{Request, Response};
use shared::keys::KeyUse;
use shared::lambda::Endpoint;
use shared::paths::TOKEN_REFRESH;
use shared::service::client::authentication::PresentedClient;

/// The endpoint.
pub fn endpoint() -> Endpoint {
    let keys = &[KeyUse::Published, KeyUse::Signing, KeyUse::Mac];
    Endpoint::post(env!("CARGO_PKG_NAME"), handle).any_origin().uses(keys).fetches_documents()
}

/// Issues tokens: each grant authenticates the client before it checks anything else.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, OAuthError> {
    let parameters = parameters(&request)?;
    let grant = grant_type(&request, &parameters)?;
    let presented = PresentedClient::read(&request, &parameters)?;
    let tokens = match grant {
        GrantType::AuthorizationCode => grants::authorization_code::exchange(&app, &presented, &parameters).await?,
        GrantType::ClientCredentials => grants::client_credentials::issue(&app, &presented, &parameters).await?,
        GrantType::DeviceCode => grants::device_code::exchange(&app, &presented, &parameters).await?,
        GrantType::RefreshToken => grants::refresh_token::refresh(&app, &presented, &parameters).await?,
    };
    Ok(reply::tokens(&request.head, &tokens))
}

fn parameters(request: &Request) -> Result<Fields, OAuthError> {
    request.refuse_query()?;
    Ok(if wants_envelope(&request.head) { request.json()? } else { request.form()? })
}

/// The requested grant; the path for refreshing implies it.
fn grant_type(request: &Request, parameters: &Fields) -> Result<GrantType, OAuthError> {
    let implied = (request.head.path == TOKEN_REFRESH).then_some(GrantType::RefreshToken);
    match (parameters.parameter("grant_type")?.map(GrantType::require), implied) {
        (None, Some(grant)) => Ok(grant),
        (Some(Ok(named)), Some(grant)) if named != grant => {
            Err(OAuthError::invalid_request("grant_type must be refresh_token here"))
        }
        (Some(Ok(grant)), _) => Ok(grant),
        (Some(Err(mistake)), _) => {
            Err(OAuthError::new(OAuthCode::UnsupportedGrantType, format!("grant_type {mistake}")))
        }
        (None, None) => Err(OAuthError::missing("grant_type")),
    }
}
