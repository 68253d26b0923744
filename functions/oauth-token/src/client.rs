//! Which client asks.

use lambda_http::http::header::AUTHORIZATION;
use shared::app::App;
use shared::fault::Fault;
use shared::http::{Fields, Request};
use shared::oauth::client_auth::ClientCredentials;
use shared::oauth::error::OAuthError;
use shared::oauth_app::{ClientId, OauthApp};
use shared::store::AppFacts;
use shared::throttle;
use shared::user::User;

use crate::text;

/// A client that proved who it is.
pub(crate) struct Client {
    pub(crate) app: OauthApp,
    pub(crate) creator: User,
}

/// Authenticates the client: one batch read of the app and its creator. An unknown client, a wrong secret, a revoked app
/// and a disabled creator are one answer after the same work.
pub(crate) async fn authenticate(app: &App, request: &Request, parameters: &Fields) -> Result<Client, OAuthError> {
    let authorization = request.head.headers.get(AUTHORIZATION).map(|value| value.to_str().unwrap_or_default());
    let credentials =
        ClientCredentials::find(authorization, text(parameters, "client_id")?, text(parameters, "client_secret")?)?;
    match verified(app, &credentials).await? {
        Some(client) => Ok(client),
        None => {
            let refusal = throttle::refuse_client(app, &credentials.client_id, request.source(), app.clock.now()).await;
            Err(OAuthError { challenge_basic: credentials.by_header, ..refusal })
        }
    }
}

async fn verified(app: &App, credentials: &ClientCredentials) -> Result<Option<Client>, Fault> {
    let (Some(client_id), Some(secret)) = (ClientId::parse(&credentials.client_id), &credentials.secret) else {
        return Ok(None);
    };
    let facts = facts(app, client_id).await?;
    let Some((oauth_app, creator)) = facts.app.zip(facts.creator) else { return Ok(None) };
    let is_right = oauth_app.accepts_secret(secret, app.clock.now());
    let is_alive = oauth_app.revoked_at.is_none() && creator.is_enabled();
    Ok((is_right && is_alive).then_some(Client { app: oauth_app, creator }))
}

/// Reads app and creator in one batch; only a process that meets the app for the first time needs a second.
async fn facts(app: &App, client_id: ClientId) -> Result<AppFacts, Fault> {
    let remembered = app.creators.recall(client_id.app_id());
    let facts = app.stores.app_and_creator(client_id.app_id(), remembered).await?;
    match &facts.app {
        Some(found) if remembered.is_none() => {
            app.creators.remember(found.id, found.created_by);
            app.stores.app_and_creator(found.id, Some(found.created_by)).await
        }
        _ => Ok(facts),
    }
}
