//! Client authentication (RFC 6749 §2.3): at every endpoint that clients call directly.

use async_recursion::async_recursion as boxed;
use lambda_http::http::header::AUTHORIZATION;

use crate::app::App;
use crate::domain::audit::{AuditAction, AuditEvent};
use crate::domain::client::Client;
use crate::domain::client::assertion::{AssertionAudience, AssertionMistake, ClientAssertion};
use crate::domain::client::id::ClientId;
use crate::domain::client::keys::{ClientKeys, KeySet};
use crate::domain::input::fields::Fields;
use crate::domain::oauth::client_auth::{ClientAuthMethod, ClientCredentials, Proof};
use crate::domain::oauth::error::{OAuthCode, OAuthError};
use crate::domain::oauth::grant_type::GrantType;
use crate::domain::types::origin::Origin;
use crate::domain::types::timestamp::Timestamp;
use crate::http::Request;
use crate::paths::TOKEN;
use crate::service::client::document::{DocumentError, Need};
use crate::service::client::retention;
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

    /// Reads a client that goes on with what a user allowed, together with the rest of `load`.
    ///
    /// # Errors
    ///
    /// `invalid_client` for a document that was read and cannot be used, 429 and 503.
    #[boxed]
    pub async fn load(&self, app: &App, load: Load) -> Result<Loaded, OAuthError> {
        let load = Load { client: self.client_id(), ..load };
        app.load_client(load, Need::GoingOn, self.origin()).await.map_err(OAuthError::from)
    }

    /// Reads a client that begins a flow.
    ///
    /// # Errors
    ///
    /// Those of [`Self::load`].
    #[boxed]
    pub async fn load_to_begin(&self, app: &App) -> Result<Loaded, OAuthError> {
        let load = Load { client: self.client_id(), ..Load::default() };
        app.load_client(load, Need::Beginning, self.origin()).await.map_err(OAuthError::from)
    }

    /// Authenticates the client, and notes that it is used. An unknown client, a wrong, missing or unnecessary proof, a
    /// revoked app and a disabled creator get the same response; only a client that signed an assertion, and one whose
    /// document is public, is told what is wrong with it. An assertion is spent by it, with one conditional write.
    ///
    /// # Errors
    ///
    /// `invalid_client`, 429 after too many wrong proofs, and 503.
    pub async fn verify<'f>(&self, app: &App, loaded: &'f Loaded) -> Result<&'f Client, OAuthError> {
        let now = app.clock.now();
        let proven = match loaded.live_client(now) {
            Some(client) => self.prove(app, client, now).await?.map(|()| client),
            None => Err(Unproven::silent("there is no such client, or it is disabled, revoked or expired")),
        };
        let Unproven { reason, is_told } = match proven {
            Ok(client) => {
                retention::note_use(app, client, now).await?;
                return Ok(client);
            }
            Err(unproven) => unproven,
        };
        let (client_id, event) = (&self.credentials.client_id, self.refusal(loaded, now));
        let mut refusal = throttle::refuse_client(app, client_id, &event).await;
        let is_invalid = refusal.code == OAuthCode::InvalidClient;
        if is_told && is_invalid {
            refusal.description = reason.into();
        }
        refusal.cause = refusal.cause.or(Some(reason.into()));
        // RFC 9110 §15.5.2: a challenge belongs to 401, and 429 or 503 are none.
        Err(if self.credentials.by_header && is_invalid { refusal.with_basic_challenge() } else { refusal })
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
    async fn prove(&self, app: &App, client: &Client, now: Timestamp) -> Result<Result<(), Unproven>, OAuthError> {
        let method = client.metadata.token_endpoint_auth_method;
        match (&self.credentials.proof, method) {
            (Proof::None, ClientAuthMethod::None) => Ok(Ok(())),
            (Proof::Secret(secret), method) if method.needs_secret() => {
                let is_right = client.accepts_secret(secret, now);
                Ok(if is_right { Ok(()) } else { Err(Unproven::silent("the secret is wrong or expired")) })
            }
            (Proof::Assertion(text), ClientAuthMethod::PrivateKeyJwt) => {
                self.prove_by_assertion(app, client, text.expose(), now).await
            }
            (_, method) => Ok(Err(Unproven::of_public(client, other_method(method)))),
        }
    }

    async fn prove_by_assertion(
        &self,
        app: &App,
        client: &Client,
        text: &str,
        now: Timestamp,
    ) -> Result<Result<(), Unproven>, OAuthError> {
        let Some(keys) = &client.metadata.keys else {
            return Ok(Err(Unproven::of_public(client, "The client has no keys")));
        };
        let assertion = match ClientAssertion::read(text) {
            Ok(assertion) => assertion,
            Err(sentence) => return Ok(Err(Unproven::told(sentence))),
        };
        let issuer = app.keys.issuer(&app.stores.keys).await?;
        let token_endpoint = app.config.accepts_token_endpoint_audience.then(|| format!("{issuer}{TOKEN}"));
        let audience = AssertionAudience { issuer: &issuer, token_endpoint: token_endpoint.as_deref() };
        let verify = |keys: &KeySet| assertion.verify(keys.keys(), audience, now);
        let verified = match keys {
            ClientKeys::Jwks(keys) => verify(keys),
            ClientKeys::JwksUri(uri) => {
                // Without a key id, the right key is the one that verifies the assertion.
                let is_enough = |keys: &KeySet| match assertion.kid {
                    Some(_) => keys.keys().any(|key| assertion.fits(&key)),
                    None => verify(keys) != Err(AssertionMistake::Signature),
                };
                verify(&*app.key_set(uri, is_enough, self.origin()).await?)
            }
        };
        match verified {
            // RFC 7523 §3: once only.
            Ok(spent) if app.stores.authorizations.spend_assertion(&spent, now).await? => Ok(Ok(())),
            Ok(_) => Ok(Err(Unproven::told("The jti of client_assertion was used before"))),
            Err(AssertionMistake::Claim(sentence)) => Ok(Err(Unproven::told(sentence))),
            Err(AssertionMistake::Signature) => {
                Ok(Err(Unproven::of_public(client, "No key of the client verifies client_assertion")))
            }
        }
    }
}

/// Why a client is not authenticated: for the log, and for those who may know it.
struct Unproven {
    reason: &'static str,
    is_told: bool,
}

impl Unproven {
    /// The sender may be another party, who learns nothing about the client.
    const fn silent(reason: &'static str) -> Self {
        Self { reason, is_told: false }
    }

    /// The sender is the client, or the reason is in what was sent.
    const fn told(reason: &'static str) -> Self {
        Self { reason, is_told: true }
    }

    /// The reason is public if the client has a document, which anyone can read.
    const fn of_public(client: &Client, reason: &'static str) -> Self {
        Self { reason, is_told: client.client_id.document_url().is_some() }
    }
}

/// What a client should have done instead, by its method.
const fn other_method(method: ClientAuthMethod) -> &'static str {
    match method {
        ClientAuthMethod::None => "The client must authenticate by its client_id alone (none)",
        ClientAuthMethod::PrivateKeyJwt => "The client must authenticate by client_assertion (private_key_jwt)",
        ClientAuthMethod::ClientSecretBasic | ClientAuthMethod::ClientSecretPost => {
            "The client must authenticate by its secret"
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
            DocumentError::Missing(reason) => {
                let description = format!("The client's document cannot be fetched: {reason}");
                let error = Self::new(OAuthCode::TemporarilyUnavailable, description);
                Self { retry_after: Some(std::time::Duration::from_secs(60)), ..error }
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
