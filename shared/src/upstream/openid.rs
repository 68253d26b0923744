//! The protocol, with the crate `openidconnect`: discovery, authentication request, code exchange and claims.

use std::time::{Duration, UNIX_EPOCH};

use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreClaimName, CoreClaimType, CoreClient,
    CoreClientAuthMethod, CoreGrantType, CoreIdToken, CoreIdTokenClaims, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreJwsSigningAlgorithm, CoreResponseMode,
    CoreResponseType, CoreSubjectIdentifierType, CoreTokenResponse, CoreUserInfoClaims,
};
use openidconnect::{
    AccessToken, AdditionalProviderMetadata, AuthType, AuthorizationCode, ClaimsVerificationError, ClientId,
    ClientSecret, CsrfToken, DiscoveryError, EndpointMaybeSet, EndpointNotSet, EndpointSet, IdTokenVerifier, IssuerUrl,
    LoginHint, Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, ProviderMetadata, RedirectUrl,
    RequestTokenError, Scope, SignatureVerificationError, TokenResponse, UserInfoError,
};
use serde::{Deserialize, Serialize};
use url::Url;

use super::error::UpstreamError;
use super::http::{NoAnswer, ProviderHttp};
use crate::domain::crypto::secret::Secret;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::upstream::attempt::{AttemptSecrets, State, UpstreamOptions};
use crate::domain::upstream::claims::UpstreamClaims;
use crate::domain::upstream::identity::UpstreamIdentity;
use crate::domain::upstream::provider::Provider;
use crate::fault::Fault;
use crate::keys::cached::{CachePolicy, Cached};
use crate::keys::secrets_manager::SecretsManager;
use crate::paths::UPSTREAM_CALLBACK;

/// How long the provider's metadata and keys are cached.
const FRESH: CachePolicy = CachePolicy { ttl: Duration::from_secs(600), stale_if_error: Duration::from_secs(3_600) };
/// How often an ID token with an unknown key may cause another read.
const LOOK_AGAIN: CachePolicy = CachePolicy { ttl: Duration::from_secs(60), ..FRESH };
/// How long our client secret is cached.
const SECRET: CachePolicy = CachePolicy { ttl: Duration::from_secs(300), stale_if_error: Duration::from_secs(3_600) };
/// The value of the secret until the operator sets it.
const NOT_SET: &str = "unset";

/// The allowed algorithms of ID tokens: those with public keys (OpenID Connect Core §3.1.3.7, 7). With a shared secret,
/// or without a signature, parties other than the provider could issue ID tokens too.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// Metadata in addition to OpenID Connect Discovery.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct MoreMetadata {
    /// RFC 9207 §3.
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

impl AdditionalProviderMetadata for MoreMetadata {}

type Metadata = ProviderMetadata<
    MoreMetadata,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

type Client =
    CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

/// The upstream provider, and what is cached of it.
pub struct Upstream {
    /// Its configuration.
    pub provider: Provider,
    http: ProviderHttp,
    metadata: Cached<Metadata>,
    secret: Cached<Secret>,
}

/// A user whom the provider authenticated.
pub struct Identified {
    /// Their identity at the provider.
    pub identity: UpstreamIdentity,
    /// When the provider authenticated them, if it is known.
    pub auth_time: Option<Timestamp>,
    claims: UpstreamClaims,
    access_token: AccessToken,
}

impl Upstream {
    /// A provider; nothing is requested yet.
    pub fn new(provider: Provider) -> Self {
        let http = ProviderHttp::new(provider.issuer.url());
        Self { provider, http, metadata: Cached::default(), secret: Cached::default() }
    }

    /// Returns the URL of the authentication request, to which the browser is redirected.
    ///
    /// # Errors
    ///
    /// [`UpstreamError`] when the provider's metadata cannot be read.
    pub async fn address(
        &self,
        our_issuer: &str,
        state: &State,
        secrets: &AttemptSecrets,
        options: &UpstreamOptions,
        now: Timestamp,
    ) -> Result<Url, UpstreamError> {
        let metadata = self.metadata(FRESH, now).await?;
        let client = self.client(&metadata, None, our_issuer)?;
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&verifier(secrets));
        let (state, nonce) = (CsrfToken::new(state.text()), Nonce::new(secrets.nonce.expose().to_owned()));
        let mut request = client
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, || state, || nonce)
            .add_scopes(self.provider.scopes.iter().cloned().map(Scope::new))
            .set_pkce_challenge(challenge);
        if options.login {
            request = request.add_prompt(CoreAuthPrompt::Login);
        } else if options.select_account {
            request = request.add_prompt(CoreAuthPrompt::SelectAccount);
        }
        if let Some(max_age) = options.max_age {
            request = request.set_max_age(Duration::from_secs(max_age.into()));
        }
        if let Some(hint) = &options.login_hint {
            request = request.set_login_hint(LoginHint::new(hint.clone()));
        }
        Ok(request.url().0)
    }

    /// Checks the `iss` of a response (RFC 9207 §2.4): it is required if the provider's metadata announces it.
    ///
    /// # Errors
    ///
    /// [`UpstreamError`] when it is another issuer or missing, or the metadata cannot be read.
    pub async fn check_issuer(&self, iss: Option<&str>, now: Timestamp) -> Result<(), UpstreamError> {
        let metadata = self.metadata(FRESH, now).await?;
        match iss {
            Some(iss) if iss == self.provider.issuer.as_str() => Ok(()),
            Some(_) => Err(UpstreamError::Unusable("the response is from another provider (iss)".to_owned())),
            None if metadata.additional_metadata().authorization_response_iss_parameter_supported => {
                Err(UpstreamError::Unusable("the response does not name its issuer (iss)".to_owned()))
            }
            None => Ok(()),
        }
    }

    /// Exchanges a code, and verifies the ID token (OpenID Connect Core §3.1.3).
    ///
    /// # Errors
    ///
    /// [`UpstreamError`].
    pub async fn identify(
        &self,
        code: &str,
        our_issuer: &str,
        secrets: &AttemptSecrets,
        manager: &SecretsManager,
        now: Timestamp,
    ) -> Result<Identified, UpstreamError> {
        let client_secret = self.secret(manager, now).await?;
        let metadata = self.metadata(FRESH, now).await?;
        let client = self.client(&metadata, Some(&client_secret), our_issuer)?;
        let exchange = client.exchange_code(AuthorizationCode::new(code.to_owned()));
        let exchange = exchange.map_err(|error| UpstreamError::unusable("the metadata", &error))?;
        let tokens = exchange.set_pkce_verifier(verifier(secrets)).request_async(&self.http).await;
        let tokens: CoreTokenResponse = tokens.map_err(not_exchanged)?;
        let id_token = tokens.id_token();
        let id_token = id_token.ok_or_else(|| UpstreamError::Unusable("there is no ID token".to_owned()))?;
        let claims = self.verified(&metadata, id_token, secrets, now).await?;
        let identity = UpstreamIdentity::new(self.provider.issuer.as_str(), claims.subject().as_str());
        Ok(Identified {
            identity: identity.map_err(|reason| UpstreamError::Unusable(reason.to_owned()))?,
            auth_time: claims.auth_time().map(|time| Timestamp::from_seconds(time.timestamp())),
            claims: UpstreamClaims::of_id_token(&claims),
            access_token: tokens.access_token().clone(),
        })
    }

    /// Returns the provider's claims about a user. Claims that are missing in the ID token are requested from the userinfo
    /// endpoint (OpenID Connect Core §5.3).
    ///
    /// # Errors
    ///
    /// [`UpstreamError`].
    pub async fn claims(
        &self,
        of: Identified,
        our_issuer: &str,
        now: Timestamp,
    ) -> Result<UpstreamClaims, UpstreamError> {
        let metadata = self.metadata(FRESH, now).await?;
        if of.claims.is_complete() || metadata.userinfo_endpoint().is_none() {
            return Ok(of.claims);
        }
        // RFC 6750 §2.1: the token has to be valid in a header.
        if !of.access_token.secret().bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(UpstreamError::Unusable("the access token is malformed".to_owned()));
        }
        let subject = openidconnect::SubjectIdentifier::new(of.identity.subject);
        let client = self.client(&metadata, None, our_issuer)?;
        let request = client.user_info(of.access_token, Some(subject));
        let request = request.map_err(|error| UpstreamError::unusable("the metadata", &error))?;
        let more: CoreUserInfoClaims = request.request_async(&self.http).await.map_err(no_userinfo)?;
        Ok(of.claims.or(UpstreamClaims::of_userinfo(&more)))
    }

    async fn metadata(&self, policy: CachePolicy, now: Timestamp) -> Result<std::sync::Arc<Metadata>, UpstreamError> {
        let discover = || async {
            let issuer = IssuerUrl::new(self.provider.issuer.as_str().to_owned());
            let issuer = issuer.map_err(|error| UpstreamError::unusable("the issuer", &error))?;
            Metadata::discover_async(issuer, &self.http).await.map_err(not_discovered)
        };
        self.metadata.get("the upstream provider's metadata", policy, now, discover).await
    }

    async fn secret(&self, manager: &SecretsManager, now: Timestamp) -> Result<std::sync::Arc<Secret>, Fault> {
        let read = || async {
            let secret = manager.current(&self.provider.secret).await?.value;
            match secret.expose().trim() {
                "" | NOT_SET => Err(Fault::unavailable("the upstream provider's client secret was not set yet")),
                secret => Ok(Secret::new(secret)),
            }
        };
        self.secret.get("the upstream provider's client secret", SECRET, now, read).await
    }

    fn client(
        &self,
        metadata: &Metadata,
        client_secret: Option<&Secret>,
        our_issuer: &str,
    ) -> Result<Client, UpstreamError> {
        let id = ClientId::new(self.provider.client_id.clone());
        let secret = client_secret.map(|secret| ClientSecret::new(secret.expose().to_owned()));
        let redirect = RedirectUrl::new(format!("{our_issuer}{UPSTREAM_CALLBACK}"));
        let redirect = redirect.map_err(|error| UpstreamError::unusable("our own address", &error))?;
        // The default is Basic (OpenID Connect Discovery §3).
        let methods = metadata.token_endpoint_auth_methods_supported().map(Vec::as_slice);
        let methods = methods.unwrap_or(&[CoreClientAuthMethod::ClientSecretBasic]);
        let in_body = methods.contains(&CoreClientAuthMethod::ClientSecretPost)
            && !methods.contains(&CoreClientAuthMethod::ClientSecretBasic);
        let auth_type = if in_body { AuthType::RequestBody } else { AuthType::BasicAuth };
        let client = CoreClient::from_provider_metadata(metadata.clone(), id, secret);
        Ok(client.set_redirect_uri(redirect).set_auth_type(auth_type))
    }

    /// Verifies an ID token: issued by the provider, for this client and this attempt, and not expired (OpenID Connect Core
    /// §3.1.3.7). An unknown key causes the keys to be read again, at most once per minute.
    async fn verified(
        &self,
        metadata: &Metadata,
        id_token: &CoreIdToken,
        secrets: &AttemptSecrets,
        now: Timestamp,
    ) -> Result<CoreIdTokenClaims, UpstreamError> {
        use SignatureVerificationError::NoMatchingKey;
        let verified = match self.verify(metadata, id_token, secrets, now) {
            Err(ClaimsVerificationError::SignatureVerification(NoMatchingKey)) => {
                let metadata = self.metadata(LOOK_AGAIN, now).await?;
                self.verify(&metadata, id_token, secrets, now)
            }
            verified => verified,
        };
        let claims = verified.map_err(|error| UpstreamError::unusable("the ID token", &error))?;
        // §3.1.3.7, 4 and 5: the authorized party has to be this client.
        let is_ours = claims.authorized_party().is_none_or(|party| party.as_str() == self.provider.client_id);
        if is_ours {
            Ok(claims)
        } else {
            Err(UpstreamError::Unusable("the ID token is for another client (azp)".to_owned()))
        }
    }

    fn verify(
        &self,
        metadata: &Metadata,
        id_token: &CoreIdToken,
        secrets: &AttemptSecrets,
        now: Timestamp,
    ) -> Result<CoreIdTokenClaims, ClaimsVerificationError> {
        let seconds = Duration::from_secs(u64::try_from(now.as_seconds()).unwrap_or_default());
        let time = move || (UNIX_EPOCH + seconds).into();
        let (id, issuer) = (ClientId::new(self.provider.client_id.clone()), metadata.issuer().clone());
        let verifier = IdTokenVerifier::new_public_client(id, issuer, metadata.jwks().clone());
        let verifier = verifier.set_allowed_algs(ALGORITHMS).set_time_fn(time);
        id_token.claims(&verifier, &Nonce::new(secrets.nonce.expose().to_owned())).cloned()
    }
}

fn verifier(secrets: &AttemptSecrets) -> PkceCodeVerifier {
    PkceCodeVerifier::new(secrets.verifier.expose().to_owned())
}

fn not_discovered(error: DiscoveryError<NoAnswer>) -> UpstreamError {
    match error {
        DiscoveryError::Request(no_answer) => no_answer.into(),
        error => UpstreamError::unusable("the metadata", &error),
    }
}

/// For a response that cannot be parsed, the log contains only the position of the error: the contents may be a token.
fn not_exchanged<T>(error: RequestTokenError<NoAnswer, T>) -> UpstreamError
where
    T: openidconnect::ErrorResponse + 'static,
{
    match error {
        RequestTokenError::ServerResponse(error) => UpstreamError::Refused(error.to_string()),
        RequestTokenError::Request(no_answer) => no_answer.into(),
        RequestTokenError::Parse(error, _) => {
            UpstreamError::Unusable(format!("the token response cannot be read at {}", error.path()))
        }
        RequestTokenError::Other(reason) => UpstreamError::Unusable(format!("the token response: {reason}")),
    }
}

/// The same for the userinfo endpoint, whose contents may be an e-mail address.
fn no_userinfo(error: UserInfoError<NoAnswer>) -> UpstreamError {
    match error {
        UserInfoError::Request(no_answer) => no_answer.into(),
        UserInfoError::Parse(error) => UpstreamError::Unusable(format!("userinfo cannot be read at {}", error.path())),
        error => UpstreamError::unusable("userinfo", &error),
    }
}
