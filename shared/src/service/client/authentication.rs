//! Client authentication (RFC 6749 §2.3): at every endpoint that clients call directly.

use lambda_http::http::header::AUTHORIZATION;

use crate::app::App;
use crate::domain::audit::{AuditAction, AuditEvent};
use crate::domain::client::Client;
use crate::domain::client::assertion::{ClientAssertion, SpentAssertion};
use crate::domain::client::id::ClientId;
use crate::domain::client::keys::{ClientKeys, KeySet};
use crate::domain::input::fields::Fields;
use crate::domain::oauth::client_auth::{ClientAuthMethod, ClientCredentials, Proof};
use crate::domain::oauth::error::{OAuthCode, OAuthError};
use crate::domain::oauth::grant_type::GrantType;
use crate::domain::types::origin::Origin;
use crate::domain::types::timestamp::Timestamp;
use crate::http::Request;
use crate::service::client::document::DocumentError;
use crate::service::throttle;
use crate::store::{Load, Loaded};

/// The client credentials of a request, not verified yet, so that one batch can read the client together with
/// everything else that the request needs.
pub struct PresentedClient {
    credentials: ClientCredentials,
    origin: Origin,
}

impl PresentedClient {
    /// Reads the client credentials of a request.
    ///
    /// # Errors
    ///
    /// Those of [`ClientCredentials::find`].
    pub fn read(request: &Request, parameters: &Fields) -> Result<Self, OAuthError> {
        let authorization = request.head.headers.get(AUTHORIZATION).map(|value| value.to_str().unwrap_or_default());
        let credentials = ClientCredentials::find(authorization, parameters)?;
        Ok(Self { credentials, origin: request.origin() })
    }

    /// The client id that was presented, if it is well-formed.
    pub fn client_id(&self) -> Option<ClientId> {
        ClientId::parse(&self.credentials.client_id)
    }

    /// Where the request came from.
    pub fn origin(&self) -> Origin {
        self.origin.clone()
    }

    /// Reads the client together with the rest of `load`.
    ///
    /// # Errors
    ///
    /// `invalid_client` for a document that cannot be used, 429 and 503.
    pub async fn load(&self, app: &App, load: Load) -> Result<Loaded, OAuthError> {
        let load = Load { client: self.client_id(), ..load };
        app.load_client(load, self.origin()).await.map_err(OAuthError::from)
    }

    /// Authenticates the client. An unknown client, a wrong, missing or unnecessary proof, a revoked app and a disabled
    /// creator get the same response. An assertion is spent by it, with one conditional write.
    ///
    /// # Errors
    ///
    /// `invalid_client`, 429 after too many wrong proofs, and 503.
    pub async fn verify<'f>(&self, app: &App, loaded: &'f Loaded) -> Result<&'f Client, OAuthError> {
        let now = app.clock.now();
        let client = loaded.live_client(now);
        let is_proven = match client {
            Some(client) => self.is_proof_of(app, client, now).await?,
            None => false,
        };
        match client.filter(|_| is_proven) {
            Some(client) => Ok(client),
            None => {
                let (client_id, event) = (&self.credentials.client_id, self.refusal(loaded, now));
                let refusal = throttle::refuse_client(app, client_id, &event).await;
                // RFC 9110 §15.5.2: a challenge belongs to 401, and 429 or 503 are none.
                let is_challenged = self.credentials.by_header && refusal.code == OAuthCode::InvalidClient;
                Err(if is_challenged { refusal.with_basic_challenge() } else { refusal })
            }
        }
    }

    /// Authenticates the client, and checks that it may use this grant.
    ///
    /// # Errors
    ///
    /// Those of [`Self::verify`], and `unauthorized_client`.
    pub async fn verify_for<'f>(
        &self,
        app: &App,
        loaded: &'f Loaded,
        grant: GrantType,
    ) -> Result<&'f Client, OAuthError> {
        let client = self.verify(app, loaded).await?;
        if client.has_grant(grant) {
            Ok(client)
        } else {
            Err(OAuthError::new(OAuthCode::UnauthorizedClient, client.lacks_grant(grant)))
        }
    }

    /// A failed authentication, as the audit trail records it: in the account that owns the app.
    fn refusal(&self, loaded: &Loaded, now: Timestamp) -> AuditEvent {
        let event = AuditEvent::new(AuditAction::ClientAuthentication, self.origin(), now).refused();
        let owner = loaded.client.as_ref().and_then(|client| client.owner);
        AuditEvent { client_id: self.client_id(), ..event.in_account(owner.map(|owner| owner.account_id)) }
    }

    /// Accepts only the method that the client is registered with; the two ways to send a secret count as one.
    async fn is_proof_of(&self, app: &App, client: &Client, now: Timestamp) -> Result<bool, OAuthError> {
        match (&self.credentials.proof, client.metadata.token_endpoint_auth_method) {
            (Proof::None, ClientAuthMethod::None) => Ok(true),
            (Proof::Secret(secret), method) if method.needs_secret() => Ok(client.accepts_secret(secret, now)),
            (Proof::Assertion(text), ClientAuthMethod::PrivateKeyJwt) => {
                let verified = self.verified(app, client, text.expose(), now).await?;
                let Some(spent) = verified else { return Ok(false) };
                // RFC 7523 §3: once only.
                Ok(app.stores.authorizations.spend_assertion(&spent, now).await?)
            }
            _ => Ok(false),
        }
    }

    async fn verified(
        &self,
        app: &App,
        client: &Client,
        text: &str,
        now: Timestamp,
    ) -> Result<Option<SpentAssertion>, OAuthError> {
        let assertion = ClientAssertion::read(text).filter(|assertion| assertion.client_id == client.client_id);
        let (Some(assertion), Some(keys)) = (assertion, &client.metadata.keys) else { return Ok(None) };
        let issuer = app.keys.issuer(&app.stores.keys).await?;
        let verify = |keys: &KeySet| assertion.verify(keys.keys(), &issuer, now);
        match keys {
            ClientKeys::Jwks(keys) => Ok(verify(keys)),
            ClientKeys::JwksUri(uri) => {
                // Without a key id, the right key is the one that verifies the assertion.
                let is_enough = |keys: &KeySet| match assertion.kid {
                    Some(_) => keys.keys().any(|key| assertion.fits(&key)),
                    None => verify(keys).is_some(),
                };
                Ok(verify(&*app.key_set(uri, is_enough, self.origin()).await?))
            }
        }
    }
}

impl From<DocumentError> for OAuthError {
    fn from(error: DocumentError) -> Self {
        match error {
            DocumentError::Unusable(reason) => {
                let description = format!("The client's document cannot be used: {reason}");
                Self::new(OAuthCode::InvalidClient, description)
            }
            DocumentError::Unreachable(reason) => {
                let description = "The server of the client's document does not answer; try again";
                let retry_after = Some(std::time::Duration::from_secs(5));
                let error = Self::new(OAuthCode::TemporarilyUnavailable, description);
                Self { retry_after, cause: Some(reason.into()), ..error }
            }
            DocumentError::TooMany(wait) => Self::too_many_requests(wait),
            DocumentError::Fault(fault) => fault.into(),
        }
    }
}
