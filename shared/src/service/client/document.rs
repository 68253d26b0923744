//! Clients that a document describes, and keys at an address: fetched when they are needed, and cached for a while.

use std::sync::Arc;
use std::time::Duration;

use url::Url;

use crate::app::App;
use crate::domain::client::document;
use crate::domain::client::id::ClientId;
use crate::domain::client::keys::KeySet;
use crate::domain::types::origin::Origin;
use crate::fault::Fault;
use crate::fetch::NotFetched;
use crate::service::attempt::Attempt;
use crate::service::throttle::{self, Throttled};
use crate::store::{Load, Loaded};

/// Why a client's document cannot be used.
#[derive(Debug)]
pub enum DocumentError {
    /// It does not exist, or does not describe a valid client.
    Unusable(String),
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
            NotFetched::Refused(reason) => Self::Unusable(reason.to_owned()),
            NotFetched::Unreachable(reason) => Self::Unreachable(reason),
        }
    }
}

impl App {
    /// Reads what a decision depends on, like [`App::load`]. The stored client of a document is used while it is fresh;
    /// otherwise the document is fetched, and stored for all processes by one write. A document that cannot be used is
    /// not stored.
    ///
    /// # Errors
    ///
    /// [`DocumentError`].
    pub async fn load_client(&self, load: Load, origin: Origin) -> Result<Loaded, DocumentError> {
        let Some(ClientId::Document(url)) = load.client.clone() else { return Ok(self.load(load).await?) };
        let loaded = self.load(load).await?;
        let now = self.clock.now();
        let known = loaded.client.as_ref().filter(|client| client.is_live(now));
        if known.is_some_and(|client| client.fresh_until.is_some_and(|until| now < until)) {
            return Ok(loaded);
        }
        throttle::charge_document(self, &Attempt::new(origin, now)).await?;
        let address = url.to_url().map_err(|_| DocumentError::Unusable("client_id is no URL".to_owned()))?;
        let document = self.documents.fetch(&address).await?;
        let metadata = document::read(&url, &document.body, &self.config.scopes).map_err(DocumentError::Unusable)?;
        let fresh_until = document.fresh_until(now);
        let is_known = known.is_some();
        let client = self.stores.apps.store_document(&url, &metadata, fresh_until, is_known, now).await?;
        Ok(Loaded { client: Some(self.in_its_standing(client)), ..loaded })
    }

    /// Returns the keys at this address. They are fetched again if the cached ones are old or lack the key that
    /// `is_enough` looks for; for a key that does not exist, at most once a minute. Keys that cannot be used are not
    /// cached.
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
        if let Some(keys) = self.documents.cached_keys(uri, is_enough, now) {
            return Ok(keys);
        }
        throttle::charge_document(self, &Attempt::new(origin, now)).await?;
        let url = Url::parse(uri).map_err(|_| DocumentError::Unusable("jwks_uri is no URL".to_owned()))?;
        let document = self.documents.fetch(&url).await?;
        let keys = KeySet::read(&document.body).map_err(DocumentError::Unusable)?;
        Ok(self.documents.cache_keys(uri, keys, &document, now))
    }
}
