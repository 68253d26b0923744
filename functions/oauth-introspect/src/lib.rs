//! `POST /oauth2/introspect`: an API or a client asks whether a token is active (RFC 7662).

use std::sync::Arc;

use lambda_http::http::StatusCode;
use lambda_http::http::header::AUTHORIZATION;
use serde::Serialize;
use serde_json::json;
use shared::app::App;
use shared::domain::client::Client;
use shared::domain::client::id::ClientId;
use shared::domain::oauth::error::OAuthError;
use shared::domain::oauth::scope::ScopeSet;
use shared::domain::session::kind::TokenKind;
use shared::domain::session::refresh_token::RefreshToken;
use shared::domain::token::access_token::AccessTokenClaims;
use shared::domain::types::id::TokenId;
use shared::domain::types::timestamp::Timestamp;
use shared::fault::Fault;
use shared::http::{Request, Response, reply};
use shared::keys::{Audience, KeyUse};
use shared::lambda::Endpoint;
use shared::service::caller::Caller;
use shared::service::client::authentication::PresentedClient;
use shared::store::Load;

/// The endpoint.
pub fn endpoint() -> Endpoint {
    let keys = &[KeyUse::Published, KeyUse::Mac];
    Endpoint::post(env!("CARGO_PKG_NAME"), handle).any_origin().uses(keys).fetches_documents()
}

/// The response for an active token (RFC 7662 §2.2).
#[derive(Serialize)]
struct Active {
    active: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    client_id: String,
    /// The type by which it is used (RFC 6749 §5.1); not the claim of this name in the token.
    #[serde(skip_serializing_if = "Option::is_none")]
    token_type: Option<&'static str>,
    exp: Timestamp,
    iat: Timestamp,
    sub: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    aud: Option<String>,
    iss: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    jti: Option<TokenId>,
}

/// Returns the state of a token to an authenticated client that may introspect it: a token of its own, or one for an API that the
/// client represents. Every other token is inactive for it, whether it exists or not (RFC 7662 §2.2). Two batch reads.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, OAuthError> {
    let now = app.clock.now();
    let parameters = request.parameters()?;
    let presented = PresentedClient::read(&request, &parameters).map_err(|error| {
        let has_credentials = ["client_id", "client_assertion"].iter().any(|name| parameters.has(name));
        // RFC 7662 §2.3: a caller without client credentials is unauthorized.
        if has_credentials || request.head.headers.contains_key(AUTHORIZATION) { error } else { unauthorized() }
    })?;
    let token = parameters.required_parameter("token")?;
    let loaded = presented.load(&app, Load::default()).await?;
    let client = presented.verify(&app, &loaded).await?;
    // RFC 7662 §2.1: the client must authenticate, so that no caller can scan for tokens.
    if client.is_public() {
        return Err(unauthorized());
    }
    let active = match app.keys.parse_refresh_token(token).await? {
        Some(token) => refresh_token(&app, client, &token, now).await?,
        None => access_token(&app, client, token, now).await?,
    };
    Ok(match active {
        Some(active) => reply::json(StatusCode::OK, &active),
        None => reply::json(StatusCode::OK, &json!({"active": false})),
    })
}

fn unauthorized() -> OAuthError {
    OAuthError::invalid_client().with_basic_challenge()
}

/// An access token is active exactly while our own endpoints accept it.
async fn access_token(app: &App, client: &Client, text: &str, now: Timestamp) -> Result<Option<Active>, Fault> {
    let claims = app.keys.verify_access_token(&app.stores.keys, text, Audience::Any).await?;
    let caller_id = client.client_id.to_string();
    let may_ask = |claims: &AccessTokenClaims| {
        claims.client_id == caller_id || app.config.resource_servers.speaks_for(&caller_id, &claims.aud)
    };
    let Some(claims) = claims.ok().filter(may_ask) else { return Ok(None) };
    let Some(caller) = Caller::of_token(app, &claims, now).await? else { return Ok(None) };
    Ok(Some(Active {
        active: true,
        scope: caller.scopes().map(ScopeSet::to_string),
        client_id: claims.client_id,
        token_type: Some("Bearer"),
        exp: claims.exp,
        iat: claims.iat,
        sub: claims.sub,
        aud: Some(claims.aud),
        iss: claims.iss,
        jti: Some(claims.jti),
    }))
}

/// A refresh token is active for its own client while it can be exchanged.
async fn refresh_token(
    app: &App,
    client: &Client,
    token: &RefreshToken,
    now: Timestamp,
) -> Result<Option<Active>, Fault> {
    let load = Load {
        client: Some(client.client_id.clone()).filter(|_| token.kind == TokenKind::OauthClient),
        user: Some(token.user_id),
        session: Some(token.session_id),
        consent: true,
        ..Load::default()
    };
    let loaded = app.load(load).await?;
    let Some((session, user)) = loaded.live_session(now) else { return Ok(None) };
    let is_valid = session.generation == token.generation && session.secret_hash.matches(&token.secret);
    let is_own = |client_id: &ClientId| *client_id == client.client_id && token.kind == TokenKind::OauthClient;
    let grant =
        session.kind.grant().filter(|grant| is_valid && is_own(&grant.client_id) && loaded.grant_is_valid(grant));
    let Some(grant) = grant else { return Ok(None) };
    Ok(Some(Active {
        active: true,
        scope: Some(app.config.effective_scopes(client, grant).to_string()),
        client_id: client.client_id.to_string(),
        token_type: None,
        exp: session.ends_at(),
        iat: session.rotated_at,
        sub: user.id.to_string(),
        aud: None,
        iss: app.keys.issuer(&app.stores.keys).await?,
        jti: None,
    }))
}
