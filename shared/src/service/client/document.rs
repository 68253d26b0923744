//! Clients that a document describes, and keys at an address: fetched when they are needed, and cached for a while.

use std::sync::Arc;
use std::time::Duration;

use async_recursion::async_recursion as boxed;
use url::Url;

use crate::app::App;
use crate::domain::client::Client;
use crate::domain::client::document;
use crate::domain::client::id::ClientId;
use crate::domain::client::keys::KeySet;
use crate::domain::oauth::document_url::DocumentUrl;
use crate::domain::types::origin::Origin;
use crate::domain::types::timestamp::Timestamp;
use crate::fault::Fault;
use crate::fetch::NotFetched;
use crate::service::attempt::Attempt;
use crate::service::throttle::{self, Throttled};
use crate::store::{Load, Loaded};

/// For how long a document is used after its time if it cannot be fetched again.
const STALE: Duration = Duration::from_secs(86_400);

/// What a client needs its document for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// It begins a flow, for which a user is asked: the document must be fresh.
    Beginning,
    /// It goes on with what a user allowed: while the document's server fails, the last document is used for up to a day.
    GoingOn,
}

/// Why a client's document cannot be used.
#[derive(Debug)]
pub enum DocumentError {
    /// It was read, and does not describe a valid client.
    Unusable(String),
    /// Its server responds with something else than a document, or may not be asked.
    Missing(String),
    /// Its server does not respond, or asks to retry later.
    Unreachable(String),
    /// Too many documents were requested from one network address.
    TooMany(Duration),
    /// We failed.
    Fault(Fault),
}

impl From<Fault> for DocumentError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Throttled> for DocumentError {
    fn from(throttled: Throttled) -> Self {
        match throttled {
            Throttled::TooMany(wait) => Self::TooMany(wait),
            Throttled::Fault(fault) => Self::Fault(fault),
        }
    }
}

impl From<NotFetched> for DocumentError {
    fn from(not_fetched: NotFetched) -> Self {
        match not_fetched {
            NotFetched::Refused(reason) => Self::Missing(reason.to_owned()),
            NotFetched::Unreachable(reason) => Self::Unreachable(reason),
        }
    }
}

impl DocumentError {
    /// Returns whether nothing is known about the document, because it could not be read.
    const fn is_outage(&self) -> bool {
        matches!(self, Self::Missing(_) | Self::Unreachable(_) | Self::TooMany(_))
    }
}

impl App {
    /// Reads what a decision depends on, like [`App::load`]. The stored client of a document is used while it is fresh;
    /// otherwise the document is fetched, and stored for all processes by one write. A document that cannot be used is
    /// not stored. For a client that goes on, a process asks a server that failed once a minute.
    ///
    /// # Errors
    ///
    /// [`DocumentError`].
    #[boxed]
    pub async fn load_client(&self, load: Load, need: Need, origin: Origin) -> Result<Loaded, DocumentError> {
        let Some(ClientId::Document(url)) = load.client.clone() else { return Ok(self.load(load).await?) };
        let loaded = self.load(load).await?;
        let now = self.clock.now();
        let known = loaded.client.as_ref().filter(|client| client.is_live(now));
        if known.is_some_and(|client| client.fresh_until.is_some_and(|until| now < until)) {
            return Ok(loaded);
        }
        let is_recent = |until: Timestamp| now < until.after(STALE);
        let is_good_enough =
            need == Need::GoingOn && known.and_then(|client| client.fresh_until).is_some_and(is_recent);
        if is_good_enough && self.documents.failed_just_now(url.as_str(), now) {
            return Ok(loaded);
        }
        match self.fetch_client(&url, known.is_some(), origin, now).await {
            Ok(client) => Ok(Loaded { client: Some(client), ..loaded }),
            Err(error) if is_good_enough && error.is_outage() => {
                tracing::warn!(client_id = url.as_str(), cause = ?error, "the last document of a client is used");
                self.documents.note_failure(url.as_str(), now);
                Ok(loaded)
            }
            Err(error) => Err(error),
        }
    }

    async fn fetch_client(
        &self,
        url: &DocumentUrl,
        is_known: bool,
        origin: Origin,
        now: Timestamp,
    ) -> Result<Client, DocumentError> {
        throttle::charge_document(self, &Attempt::new(origin, now)).await?;
        let address = url.to_url().map_err(|_| DocumentError::Unusable("client_id is no URL".to_owned()))?;
        let document = self.documents.fetch(&address).await?;
        let metadata = document::read(url, &document.body, &self.config.scopes).map_err(DocumentError::Unusable)?;
        let fresh_until = document.fresh_until(now);
        let client = self.stores.apps.store_document(url, &metadata, fresh_until, is_known, now).await?;
        Ok(self.in_its_standing(client))
    }

    /// Returns the keys at this address. They are fetched again if the cached ones are old or lack the key that
    /// `is_enough` looks for; for a key that does not exist, at most once a minute. Keys that cannot be used are not
    /// cached. While their server fails, cached ones that are enough are used for up to a day more.
    ///
    /// # Errors
    ///
    /// [`DocumentError`].
    pub async fn key_set(
        &self,
        uri: &str,
        is_enough: impl Fn(&KeySet) -> bool,
        origin: Origin,
    ) -> Result<Arc<KeySet>, DocumentError> {
        let now = self.clock.now();
        if let Some(keys) = self.documents.cached_keys(uri, &is_enough, now) {
            return Ok(keys);
        }
        let old = self.documents.old_keys(uri, &is_enough, STALE, now);
        if let Some(old) = old.clone().filter(|_| self.documents.failed_just_now(uri, now)) {
            return Ok(old);
        }
        match (self.fetch_keys(uri, origin, now).await, old) {
            (Err(error), Some(old)) if error.is_outage() => {
                tracing::warn!(uri, cause = ?error, "the last keys of a client are used");
                self.documents.note_failure(uri, now);
                Ok(old)
            }
            (fetched, _) => fetched,
        }
    }

    async fn fetch_keys(&self, uri: &str, origin: Origin, now: Timestamp) -> Result<Arc<KeySet>, DocumentError> {
        throttle::charge_document(self, &Attempt::new(origin, now)).await?;
        let url = Url::parse(uri).map_err(|_| DocumentError::Unusable("jwks_uri is no URL".to_owned()))?;
        let document = self.documents.fetch(&url).await?;
        let keys = KeySet::read(&document.body).map_err(DocumentError::Unusable)?;
        Ok(self.documents.cache_keys(uri, keys, &document, now))
    }
}
