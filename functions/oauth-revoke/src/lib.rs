//! `POST /oauth2/revoke`: a client revokes a token that it no longer needs (RFC 7009).

use std::sync::Arc;

use futures_util::future::try_join;
use lambda_http::http::StatusCode;
use serde_json::json;
use shared::app::App;
use shared::domain::audit::{AuditAction, AuditEvent};
use shared::domain::client::Client;
use shared::domain::oauth::error::OAuthError;
use shared::domain::session::kind::TokenKind;
use shared::domain::session::refresh_token::RefreshToken;
use shared::domain::token::access_token::AccessTokenClaims;
use shared::domain::types::timestamp::Timestamp;
use shared::http::{Request, Response, reply};
use shared::keys::{Audience, KeyUse};
use shared::lambda::Endpoint;
use shared::service::client::authentication::PresentedClient;
use shared::store::{Load, Loaded};

/// The endpoint.
pub fn endpoint() -> Endpoint {
    let keys = &[KeyUse::Published, KeyUse::Mac];
    Endpoint::post(env!("CARGO_PKG_NAME"), handle).any_origin().uses(keys).fetches_documents()
}

/// A token that we issued.
enum Token {
    Refresh(RefreshToken),
    Access(Box<AccessTokenClaims>),
}

/// Revokes the token: a refresh token with its whole family, an access token alone. An unknown or already revoked token is no
/// error (RFC 7009 §2.2). One batch read, and one write with its event beside it.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, OAuthError> {
    let now = app.clock.now();
    let parameters = request.parameters()?;
    let presented = PresentedClient::read(&request, &parameters)?;
    let token = find(&app, parameters.required_parameter("token")?).await?;
    let load = match &token {
        Some(Token::Refresh(token)) => {
            Load { user: Some(token.user_id), session: Some(token.session_id), ..Load::default() }
        }
        _ => Load::default(),
    };
    let loaded = presented.load(&app, load).await?;
    let client = presented.verify(&app, &loaded).await?;
    let event = AuditEvent::new(AuditAction::TokenRevoked, request.origin(), now).by_client(&client.client_id);
    match token {
        Some(Token::Refresh(token)) => end_family(&app, client, &loaded, &token, event, now).await?,
        Some(Token::Access(claims)) if claims.client_id == client.client_id.to_string() => {
            let event = event.of_member(claims.org_id, claims.user_id).about(claims.jti);
            let revoked = app.stores.authorizations.revoke_token(claims.jti, claims.exp, now);
            try_join(revoked, app.stores.audit.record(&event)).await?;
        }
        Some(Token::Access(_)) => refuse_foreign(client)?,
        None => {}
    }
    // A body with another media type, or none at all, is more than some client libraries can read.
    Ok(reply::json(StatusCode::OK, &json!({})))
}

/// Finds the token by its form, so a wrong `token_type_hint` does no harm (RFC 7009 §2.1).
async fn find(app: &App, text: &str) -> Result<Option<Token>, OAuthError> {
    if let Some(token) = app.keys.parse_refresh_token(text).await? {
        return Ok(Some(Token::Refresh(token)));
    }
    let claims = app.keys.verify_access_token(&app.stores.keys, text, Audience::Any).await?;
    Ok(claims.ok().map(|claims| Token::Access(Box::new(claims))))
}

async fn end_family(
    app: &App,
    client: &Client,
    loaded: &Loaded,
    token: &RefreshToken,
    event: AuditEvent,
    now: Timestamp,
) -> Result<(), OAuthError> {
    let Some(session) = &loaded.session else { return Ok(()) };
    let grant = session.kind.grant().filter(|_| token.kind == TokenKind::OauthClient);
    if grant.is_none_or(|grant| grant.client_id != client.client_id) {
        return refuse_foreign(client);
    }
    // A client with an earlier token of the family had the later ones too, or they were stolen; in both cases the family ends.
    if session.secret_hash.matches(&token.secret) {
        app.stores.end_session(session, &event.of_session(session), now).await?;
    }
    Ok(())
}

/// RFC 7009 §2.1: the token belongs to another client. An authenticated client gets an error; a public client cannot be trusted
/// and gets none.
fn refuse_foreign(client: &Client) -> Result<(), OAuthError> {
    if client.is_public() { Ok(()) } else { Err(OAuthError::invalid_request("The token was issued to another client")) }
}
