//! The protocol: discovery, authentication request, code exchange and claims.

use std::sync::Arc;
use std::time::Duration;

use async_recursion::async_recursion as boxed;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use form_urlencoded::{Serializer, byte_serialize};
use url::Url;

use super::error::UpstreamError;
use super::http::{Answer, ProviderHttp};
use crate::domain::crypto::secret::Secret;
use crate::domain::oauth::pkce::CodeChallenge;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::upstream::attempt::{AttemptSecrets, State, UpstreamOptions};
use crate::domain::upstream::claims::UpstreamClaims;
use crate::domain::upstream::client_secret::ClientSecret;
use crate::domain::upstream::id_token::{Expected, IdToken};
use crate::domain::upstream::identity::UpstreamIdentity;
use crate::domain::upstream::keys::ProviderKeys;
use crate::domain::upstream::members::Members;
use crate::domain::upstream::metadata::{Metadata, SecretIn};
use crate::domain::upstream::provider::{Provider, ResponseMode};
use crate::domain::upstream::signed::{NotSigned, SignedByProvider};
use crate::domain::upstream::tokens::{NoTokens, Tokens};
use crate::fault::Fault;
use crate::keys::cached::{CachePolicy, Cached};
use crate::keys::secrets_manager::SecretsManager;
use crate::paths::UPSTREAM_CALLBACK;

/// How long the provider's metadata and keys are cached.
const FRESH: CachePolicy = CachePolicy { ttl: Duration::from_secs(600), stale_if_error: Duration::from_secs(3_600) };
/// How often a token with an unknown key may cause another read.
const LOOK_AGAIN: CachePolicy = CachePolicy { ttl: Duration::from_secs(60), ..FRESH };
/// How long our client secret is cached.
const SECRET: CachePolicy = CachePolicy { ttl: Duration::from_secs(300), stale_if_error: Duration::from_secs(3_600) };
/// The upstream provider, and what is cached of it.
pub struct Upstream {
    /// Its configuration.
    pub provider: Provider,
    http: ProviderHttp,
    metadata: Cached<Metadata>,
    keys: Cached<ProviderKeys>,
    secret: Cached<ClientSecret>,
}

/// A user whom the provider authenticated.
pub struct Identified {
    /// Their identity at the provider.
    pub identity: UpstreamIdentity,
    /// When the provider authenticated them, if it is known.
    pub auth_time: Option<Timestamp>,
    claims: UpstreamClaims,
    access_token: Option<Secret>,
}

impl Upstream {
    /// A provider; nothing is requested yet.
    pub fn new(provider: Provider) -> Self {
        Self {
            provider,
            http: ProviderHttp::default(),
            metadata: Cached::default(),
            keys: Cached::default(),
            secret: Cached::default(),
        }
    }

    /// Returns the URL of the authentication request (OpenID Connect Core §3.1.2.1), to which the browser is redirected.
    ///
    /// # Errors
    ///
    /// [`UpstreamError`] when the provider's metadata cannot be read.
    #[boxed]
    pub async fn address(
        &self,
        our_issuer: &str,
        state: &State,
        secrets: &AttemptSecrets,
        options: &UpstreamOptions,
        now: Timestamp,
    ) -> Result<Url, UpstreamError> {
        let mut address = self.metadata(now).await?.authorization_endpoint.clone();
        let scopes = self.provider.scopes.iter().map(String::as_str);
        let scope = std::iter::once("openid").chain(scopes).collect::<Vec<_>>().join(" ");
        let response_mode = (self.provider.response_mode == ResponseMode::FormPost).then_some("form_post");
        let prompt = if options.login { Some("login") } else { options.select_account.then_some("select_account") };
        address
            .query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.provider.client_id)
            .append_pair("redirect_uri", &redirect_uri(our_issuer))
            .append_pair("scope", &scope)
            .append_pair("state", &state.text())
            .append_pair("nonce", secrets.nonce.expose())
            .append_pair("code_challenge", CodeChallenge::of(secrets.verifier.expose()).as_str())
            .append_pair("code_challenge_method", "S256")
            .extend_pairs(response_mode.map(|mode| ("response_mode", mode)))
            .extend_pairs(prompt.map(|prompt| ("prompt", prompt)))
            .extend_pairs(options.max_age.map(|seconds| ("max_age", seconds.to_string())))
            .extend_pairs(options.login_hint.as_ref().map(|hint| ("login_hint", hint)));
        Ok(address)
    }

    /// Checks the `iss` of a response (RFC 9207 §2.4): it is required if the provider's metadata announces it.
    ///
    /// # Errors
    ///
    /// [`UpstreamError`] when it is another issuer or missing, or the metadata cannot be read.
    #[boxed]
    pub async fn check_issuer(&self, iss: Option<&str>, now: Timestamp) -> Result<(), UpstreamError> {
        let metadata = self.metadata(now).await?;
        match iss {
            Some(iss) if self.provider.issuer.issues(iss) => Ok(()),
            Some(_) => Err(UpstreamError::Unusable("the response is from another provider (iss)".to_owned())),
            None if metadata.always_names_issuer => {
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
    #[boxed]
    pub async fn identify(
        &self,
        code: &str,
        our_issuer: &str,
        secrets: &AttemptSecrets,
        manager: &SecretsManager,
        now: Timestamp,
    ) -> Result<Identified, UpstreamError> {
        let client_secret = self.secret(manager, now).await?;
        let answer = self.exchange(code, our_issuer, secrets, &client_secret, now).await?;
        let tokens = Tokens::read(answer.status, &answer.body).map_err(|error| match error {
            NoTokens::Refused(reason) => UpstreamError::Refused(reason),
            NoTokens::Unusable(reason) => UpstreamError::unusable("the token response", reason),
        })?;
        let invalid = |reason| UpstreamError::unusable("the ID token", reason);
        let id_token = SignedByProvider::read(tokens.id_token.expose()).map_err(invalid)?;
        let algorithm = id_token.algorithm;
        let claims = self.verified("the ID token", id_token, now).await?;
        let expected = Expected {
            issuer: &self.provider.issuer,
            client_id: &self.provider.client_id,
            nonce: &secrets.nonce,
            access_token: tokens.access_token.as_ref(),
            now,
        };
        let IdToken { identity, auth_time, claims } =
            IdToken::verify(&claims, algorithm, &expected).map_err(invalid)?;
        Ok(Identified { identity, auth_time, claims, access_token: tokens.access_token })
    }

    /// Returns the provider's claims about a user. Claims that are missing in the ID token are requested from the userinfo
    /// endpoint (OpenID Connect Core §5.3).
    ///
    /// # Errors
    ///
    /// [`UpstreamError`].
    #[boxed]
    pub async fn claims(&self, of: Identified, now: Timestamp) -> Result<UpstreamClaims, UpstreamError> {
        let metadata = self.metadata(now).await?;
        let (Some(endpoint), false) = (&metadata.userinfo_endpoint, of.claims.is_complete()) else {
            return Ok(of.claims);
        };
        let token = of.access_token.ok_or_else(|| {
            UpstreamError::Unusable("userinfo is needed, and there is no access_token of the type Bearer".to_owned())
        })?;
        let authorization = Secret::new(format!("Bearer {}", token.expose()));
        let answer = self.http.get(endpoint, Some(&authorization)).await?;
        let invalid = |reason: String| UpstreamError::unusable("userinfo", reason);
        let body = answer.document().map_err(invalid)?;
        let more = if answer.media_type == "application/jwt" {
            let text = std::str::from_utf8(body).map_err(|_| invalid("it is not text".to_owned()))?;
            self.verified("userinfo", SignedByProvider::read(text.trim()).map_err(invalid)?, now).await?
        } else {
            Members::read(body).map_err(invalid)?
        };
        // §5.3.2: claims about another user are not used.
        if more.require_text("sub").map_err(invalid)? != of.identity.subject {
            return Err(invalid("sub is not that of the ID token".to_owned()));
        }
        Ok(of.claims.or(UpstreamClaims::read(&more, &self.provider.issuer)))
    }

    async fn metadata(&self, now: Timestamp) -> Result<Arc<Metadata>, UpstreamError> {
        let discover = || async {
            let url = self.provider.issuer.metadata_url();
            let answer = self.http.get(&url, None).await?;
            let read = answer.document().and_then(|body| Metadata::read(body, &self.provider.issuer));
            read.map_err(|reason| UpstreamError::unusable("the metadata", reason))
        };
        self.metadata.get("the upstream provider's metadata", FRESH, now, discover).await
    }

    async fn keys(&self, policy: CachePolicy, now: Timestamp) -> Result<Arc<ProviderKeys>, UpstreamError> {
        let metadata = self.metadata(now).await?;
        let read = || async {
            let answer = self.http.get(&metadata.jwks_uri, None).await?;
            let keys = answer.document().and_then(ProviderKeys::read);
            keys.map_err(|reason| UpstreamError::unusable("the JWK Set", reason))
        };
        self.keys.get("the upstream provider's keys", policy, now, read).await
    }

    /// Our client secret for an exchange now.
    async fn secret(&self, manager: &SecretsManager, now: Timestamp) -> Result<Secret, Fault> {
        const WHAT: &str = "the upstream provider's client secret";
        let invalid = |reason: String| Fault::unavailable(format!("{WHAT}: {reason}"));
        let read = || async {
            let secret = manager.current(&self.provider.secret).await?.value;
            ClientSecret::of(&self.provider, secret.expose()).map_err(invalid)
        };
        let secret = self.secret.get(WHAT, SECRET, now, read).await?;
        secret.at(&self.provider.client_id, self.provider.issuer.as_str(), now).map_err(invalid)
    }

    /// Sends the code to the token endpoint.
    async fn exchange(
        &self,
        code: &str,
        our_issuer: &str,
        secrets: &AttemptSecrets,
        client_secret: &Secret,
        now: Timestamp,
    ) -> Result<Answer, UpstreamError> {
        let metadata = self.metadata(now).await?;
        let code = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &redirect_uri(our_issuer)),
            ("code_verifier", secrets.verifier.expose()),
        ];
        let (authorization, form) = token_request(&code, &self.provider.client_id, client_secret, metadata.secret_in);
        Ok(self.http.post(&metadata.token_endpoint, authorization.as_ref(), form).await?)
    }

    /// Verifies the signature of a JWT (OpenID Connect Core §3.1.3.7, 6). An unknown key causes the keys to be read again, at
    /// most once per minute.
    async fn verified(
        &self,
        what: &'static str,
        jwt: SignedByProvider<'_>,
        now: Timestamp,
    ) -> Result<Members, UpstreamError> {
        let verified = match jwt.clone().verify(&*self.keys(FRESH, now).await?) {
            Err(NotSigned::UnknownKey) => jwt.verify(&*self.keys(LOOK_AGAIN, now).await?),
            verified => verified,
        };
        verified.map_err(|error| {
            UpstreamError::unusable(
                what,
                match error {
                    NotSigned::UnknownKey => "its kid and alg are of no key of the provider",
                    NotSigned::Invalid => "its signature is not the provider's",
                },
            )
        })
    }
}

/// Where the provider's response comes.
fn redirect_uri(our_issuer: &str) -> String {
    format!("{our_issuer}{UPSTREAM_CALLBACK}")
}

/// The header and the body of a token request (OpenID Connect Core §3.1.3.1).
fn token_request(
    code: &[(&str, &str)],
    client_id: &str,
    client_secret: &Secret,
    secret_in: SecretIn,
) -> (Option<Secret>, String) {
    let mut form = Serializer::new(String::new());
    form.extend_pairs(code);
    let authorization = match secret_in {
        SecretIn::Header => Some(basic(client_id, client_secret)),
        SecretIn::Body => {
            form.append_pair("client_id", client_id).append_pair("client_secret", client_secret.expose());
            None
        }
    };
    (authorization, form.finish())
}

/// RFC 6749 §2.3.1: both are encoded as in a form first.
fn basic(client_id: &str, client_secret: &Secret) -> Secret {
    let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    Secret::new(format!(
        "Basic {}",
        STANDARD.encode(format!("{}:{}", encoded(client_id), encoded(client_secret.expose())))
    ))
}
