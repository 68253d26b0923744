//! The keys of a process: read at start, cached for a few minutes, read again when a token names an unknown key.

pub mod cached;
pub mod secrets_manager;

use std::sync::Arc;
use std::time::Duration;

use async_recursion::async_recursion as boxed;

use crate::clock::Clock;
use crate::domain::crypto::jwt::{NotAccepted, verify_hint_signature};
use crate::domain::crypto::mac_keys::{MacKeyId, MacKeys};
use crate::domain::crypto::published_keys::PublishedKeys;
use crate::domain::crypto::signing_keys::SigningKeys;
use crate::domain::email_link::{LinkSeed, LinkToken};
use crate::domain::oauth::resource::{ResourceCatalogue, is_same_resource};
use crate::domain::session::refresh_token::{NotOurs, RefreshToken};
use crate::domain::token::access_token::AccessTokenClaims;
use crate::domain::token::id_token::{self, IdTokenClaims};
use crate::domain::webhook::secret::WebhookKey;
use crate::fault::Fault;
use crate::keys::cached::{CachePolicy, Cached};
use crate::keys::secrets_manager::SecretsManager;
use crate::store::Keys;

/// How long keys are cached. New keys are published long before they are used (`keys-rotate`).
const FRESH: CachePolicy = CachePolicy { ttl: Duration::from_secs(300), stale_if_error: Duration::from_secs(3_600) };
/// How often a token with an unknown key may cause another read.
const LOOK_AGAIN: CachePolicy = CachePolicy { ttl: Duration::from_secs(60), ..FRESH };

/// How old the keys may be in the documents that clients must get whatever is unavailable: the last ones that were read.
const HOWEVER_OLD: CachePolicy = CachePolicy { stale_if_error: Duration::from_secs(u32::MAX as u64), ..FRESH };

/// Their name in the log.
const KEYS: &str = "keys";

/// All keys of this process.
pub struct KeyRing {
    clock: Clock,
    secrets: SecretsManager,
    signing_keys_secret: String,
    mac_keys_secret: String,
    webhook_key_secret: String,
    region: String,
    configured_issuer: Option<String>,
    configured_audience: Option<String>,
    resources: ResourceCatalogue,
    published: Cached<PublishedKeys>,
    signing: Cached<SigningKeys>,
    mac: Cached<MacKeys>,
    webhook: Cached<WebhookKey>,
}

/// The audience of the tokens that an endpoint accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Tokens for Driftwood's own API.
    OurApi,
    /// Tokens for any API of the catalogue.
    Any,
}

/// Keys that a function needs: it is allowed to read them, and reads them before its first request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyUse {
    /// The published keys and the issuer.
    Published,
    /// The private keys, to sign JWTs.
    Signing,
    /// The MAC keys, to issue and verify opaque tokens.
    Mac,
    /// The key of webhooks, to sign what they are sent.
    Webhook,
}

impl KeyRing {
    /// A key ring that has read nothing yet.
    pub fn new(config: &crate::config::Config, secrets: SecretsManager, clock: Clock) -> Self {
        Self {
            clock,
            secrets,
            signing_keys_secret: config.signing_keys_secret.clone(),
            mac_keys_secret: config.mac_keys_secret.clone(),
            webhook_key_secret: config.webhook_key_secret.clone(),
            region: config.aws.region.clone(),
            configured_issuer: config.issuer.clone(),
            configured_audience: config.audience.clone(),
            resources: config.resources.clone(),
            published: Cached::default(),
            signing: Cached::default(),
            mac: Cached::default(),
            webhook: Cached::default(),
        }
    }

    /// Reads keys before they are needed; a read that fails now is repeated by the first request that needs it.
    #[boxed]
    pub async fn warm(&self, store: &Keys, uses: &[KeyUse]) {
        let read = |key_use: KeyUse| async move {
            let outcome = match key_use {
                KeyUse::Published => self.published(store).await.map(drop),
                KeyUse::Signing => self.signing().await.map(drop),
                KeyUse::Mac => self.mac().await.map(drop),
                KeyUse::Webhook => self.webhook().await.map(drop),
            };
            if let Err(fault) = outcome {
                tracing::warn!(cause = %fault, keys = ?key_use, "keys could not be read at start");
            }
        };
        futures_util::future::join_all(uses.iter().copied().map(read)).await;
    }

    /// Returns the published keys.
    ///
    /// # Errors
    ///
    /// [`Fault`] when they were never read and cannot be read now.
    #[boxed]
    pub async fn published(&self, store: &Keys) -> Result<Arc<PublishedKeys>, Fault> {
        self.published.get(KEYS, FRESH, self.clock.now(), || store.read()).await
    }

    /// Returns the private keys.
    ///
    /// # Errors
    ///
    /// [`Fault`] when they were never read and cannot be read now.
    #[boxed]
    pub async fn signing(&self) -> Result<Arc<SigningKeys>, Fault> {
        let read = || async { SigningKeys::read(&self.secrets.current(&self.signing_keys_secret).await?.value) };
        self.signing.get(KEYS, FRESH, self.clock.now(), read).await
    }

    /// Returns the MAC keys.
    ///
    /// # Errors
    ///
    /// [`Fault`] when they were never read and cannot be read now.
    #[boxed]
    pub async fn mac(&self) -> Result<Arc<MacKeys>, Fault> {
        self.mac_not_older_than(FRESH).await
    }

    /// Returns the key of webhooks.
    ///
    /// # Errors
    ///
    /// [`Fault`] when it was never read and cannot be read now.
    #[boxed]
    pub async fn webhook(&self) -> Result<Arc<WebhookKey>, Fault> {
        let read = || async { Ok(WebhookKey::new(&self.secrets.current(&self.webhook_key_secret).await?.value)) };
        self.webhook.get(KEYS, FRESH, self.clock.now(), read).await
    }

    async fn mac_not_older_than(&self, age: CachePolicy) -> Result<Arc<MacKeys>, Fault> {
        let read = || async { MacKeys::read(&self.secrets.current(&self.mac_keys_secret).await?.value) };
        self.mac.get(KEYS, age, self.clock.now(), read).await
    }

    /// Returns the issuer: as configured, or else as published.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the issuer is neither configured nor published.
    #[boxed]
    pub async fn issuer(&self, store: &Keys) -> Result<String, Fault> {
        if let Some(issuer) = &self.configured_issuer {
            return Ok(issuer.clone());
        }
        let published = self.published(store).await?;
        published
            .issuer()
            .map(str::to_owned)
            .ok_or_else(|| Fault::unavailable("no issuer was published yet: keys-rotate has not run"))
    }

    /// Returns the published keys for the JWKS, which is served as it was last read while the table is unavailable.
    ///
    /// # Errors
    ///
    /// [`Fault`] when this process never read them, and cannot now.
    #[boxed]
    pub async fn published_for_documents(&self, store: &Keys) -> Result<Arc<PublishedKeys>, Fault> {
        self.published.get(KEYS, HOWEVER_OLD, self.clock.now(), || store.read()).await
    }

    /// Returns the issuer for the metadata documents, whatever is unavailable: as configured, as it was last published, or
    /// else as the deployment gives it to `keys-rotate` to publish, which is the address of the API with this id.
    ///
    /// # Errors
    ///
    /// [`Fault`] when there is none of them.
    #[boxed]
    pub async fn issuer_for_documents(&self, store: &Keys, api_id: Option<&str>) -> Result<String, Fault> {
        if let Some(issuer) = &self.configured_issuer {
            return Ok(issuer.clone());
        }
        let fault = match self.published_for_documents(store).await.map(|keys| keys.issuer().map(str::to_owned)) {
            Ok(Some(issuer)) => return Ok(issuer),
            Ok(None) => Fault::unavailable("no issuer was published yet: keys-rotate has not run"),
            Err(fault) => fault,
        };
        let api_id = api_id.filter(|id| !id.is_empty()).ok_or(fault)?;
        Ok(format!("https://{api_id}.execute-api.{}.amazonaws.com", self.region))
    }

    /// The `aud` of the tokens for Driftwood's own API: as configured, or else the issuer.
    pub fn audience<'a>(&'a self, issuer: &'a str) -> &'a str {
        self.configured_audience.as_deref().unwrap_or(issuer)
    }

    /// Verifies an access token for this audience.
    ///
    /// # Errors
    ///
    /// [`Fault`] when there are no keys to verify with.
    #[boxed]
    pub async fn verify_access_token(
        &self,
        store: &Keys,
        token: &str,
        audience: Audience,
    ) -> Result<Result<AccessTokenClaims, NotAccepted>, Fault> {
        let issuer = self.issuer(store).await?;
        let is_accepted = |aud: &str| match audience {
            Audience::OurApi => aud == self.audience(&issuer),
            Audience::Any => aud == self.audience(&issuer) || self.resources.contains(aud),
        };
        let verify =
            |keys: Arc<PublishedKeys>| AccessTokenClaims::verify(token, &keys, &issuer, is_accepted, self.clock.now());
        let first = verify(self.published(store).await?);
        if first != Err(NotAccepted::UnknownKey) {
            return Ok(first);
        }
        Ok(verify(self.published.get(KEYS, LOOK_AGAIN, self.clock.now(), || store.read()).await?))
    }

    /// Verifies an ID token that is used as a hint: it was issued by this server, to any client, and may have expired, as
    /// may its key (OpenID Connect RP-Initiated Logout §2).
    ///
    /// # Errors
    ///
    /// [`Fault`] when there are no keys to verify with.
    #[boxed]
    pub async fn verify_id_token_hint(&self, store: &Keys, token: &str) -> Result<Option<IdTokenClaims>, Fault> {
        let (issuer, keys) = (self.issuer(store).await?, self.published(store).await?);
        let claims = verify_hint_signature::<IdTokenClaims>(token, id_token::TYP, &keys);
        Ok(claims.filter(|claims| claims.iss == issuer))
    }

    /// The `aud` of tokens that are requested for this resource, as it is configured; `None` when there is no such resource
    /// (RFC 8707 §2).
    pub fn audience_for<'a>(&'a self, issuer: &'a str, resource: Option<&'a str>) -> Option<&'a str> {
        let ours = self.audience(issuer);
        let Some(resource) = resource else { return Some(ours) };
        let is_ours = |is_same: fn(&str, &str) -> bool| is_same(resource, ours) || is_same(resource, issuer);
        if is_ours(|one, other| one == other) || (!self.resources.contains(resource) && is_ours(is_same_resource)) {
            return Some(ours);
        }
        self.resources.find(resource)
    }

    /// Derives the token of a link for its mail.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the MAC key that it needs cannot be read, or was deleted.
    #[boxed]
    pub async fn link_token(&self, seed: &LinkSeed) -> Result<LinkToken, Fault> {
        if let Some(token) = seed.token(&*self.mac().await?) {
            return Ok(token);
        }
        let token = seed.token(&*self.mac_not_older_than(LOOK_AGAIN).await?);
        token.ok_or_else(|| Fault::broken("the MAC key of a link is missing"))
    }

    /// Returns whether there is a MAC key with this id: it was neither revoked nor deleted.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the MAC keys were never read and cannot be read now.
    #[boxed]
    pub async fn has_mac_key(&self, id: MacKeyId) -> Result<bool, Fault> {
        Ok(self.mac().await?.has(id) || self.mac_not_older_than(LOOK_AGAIN).await?.has(id))
    }

    /// Parses and verifies a refresh token.
    ///
    /// # Errors
    ///
    /// [`Fault`] when there are no keys to verify with.
    #[boxed]
    pub async fn parse_refresh_token(&self, text: &str) -> Result<Option<RefreshToken>, Fault> {
        match RefreshToken::parse(text, &*self.mac().await?) {
            Ok(token) => Ok(Some(token)),
            Err(NotOurs::Forged) => Ok(None),
            Err(NotOurs::UnknownKey) => {
                Ok(RefreshToken::parse(text, &*self.mac_not_older_than(LOOK_AGAIN).await?).ok())
            }
        }
    }
}
