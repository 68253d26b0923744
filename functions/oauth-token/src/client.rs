//! Which client asks.

use lambda_http::http::header::AUTHORIZATION;
use shared::address::SourceAddress;
use shared::app::App;
use shared::clock::Timestamp;
use shared::http::{Fields, Request};
use shared::oauth::client_auth::ClientCredentials;
use shared::oauth::error::{OAuthCode, OAuthError};
use shared::oauth::grant_type::GrantType;
use shared::oauth_app::{ClientId, OauthApp};
use shared::store::Facts;
use shared::throttle;

use crate::text;

/// What a request says about its client; nothing of it is verified yet, so that one batch can read the client together
/// with all else that the grant rests on.
pub(crate) struct Presented {
    credentials: ClientCredentials,
    source: SourceAddress,
}

impl Presented {
    pub(crate) fn read(request: &Request, parameters: &Fields) -> Result<Self, OAuthError> {
        let authorization = request.head.headers.get(AUTHORIZATION).map(|value| value.to_str().unwrap_or_default());
        let (id, secret) = (text(parameters, "client_id")?, text(parameters, "client_secret")?);
        Ok(Self { credentials: ClientCredentials::find(authorization, id, secret)?, source: request.source() })
    }

    /// The client that it claims to be, if there can be such a one.
    pub(crate) fn client_id(&self) -> Option<ClientId> {
        ClientId::parse(&self.credentials.client_id)
    }

    /// Authenticates the client, and checks that it may use this grant. An unknown client, a wrong, missing or needless
    /// secret, a revoked app and a disabled creator are one answer after the same work.
    pub(crate) async fn verify<'f>(
        &self,
        app: &App,
        facts: &'f Facts,
        grant: GrantType,
    ) -> Result<&'f OauthApp, OAuthError> {
        let now = app.clock.now();
        let Some(client) = facts.live_app().filter(|client| self.is_proof_of(client, now)) else {
            let refusal = throttle::refuse_client(app, &self.credentials.client_id, self.source, now).await;
            return Err(if self.credentials.by_header { refusal.with_basic_challenge() } else { refusal });
        };
        if client.grant_types.contains(&grant) {
            Ok(client)
        } else {
            let description = "The client is not registered for this grant type";
            Err(OAuthError::new(OAuthCode::UnauthorizedClient, description))
        }
    }

    /// A client that has a secret must show it, and one that has none must not.
    fn is_proof_of(&self, client: &OauthApp, now: Timestamp) -> bool {
        match &self.credentials.secret {
            Some(secret) => !client.is_public() && client.accepts_secret(secret, now),
            None => client.is_public(),
        }
    }
}
