//! `Keys`: one item with our issuer and the keys that verify our signatures.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::table::{ItemKey, Table};
use super::write::{Write, Written};
use crate::domain::crypto::published_keys::{PublishedKey, PublishedKeys};
use crate::fault::Fault;

/// The table `Keys`.
pub struct Keys(pub(super) Table);

#[derive(Deserialize)]
pub(super) struct KeysItem {
    #[serde(default)]
    issuer: Option<String>,
    #[serde(default)]
    pub(super) keys: Vec<KeyEntry>,
}

/// One key: of a kind that this version knows, or another, which then verifies nothing here.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum KeyEntry {
    Known(PublishedKey),
    Unknown(IgnoredAny),
}

fn keys_key() -> ItemKey {
    ItemKey::new("keys", "keys")
}

impl Keys {
    /// Reads the published keys and issuer.
    ///
    /// # Errors
    ///
    /// [`Fault::Unavailable`] while nothing was published yet, and when the table cannot be read.
    pub async fn read(&self) -> Result<PublishedKeys, Fault> {
        let item: Option<KeysItem> = self.0.get(&keys_key()).await?;
        let (issuer, entries) = item.map_or_else(Default::default, |item| (item.issuer, item.keys));
        let all = entries.len();
        let known = |entry| match entry {
            KeyEntry::Known(key) => Some(key),
            KeyEntry::Unknown(_) => None,
        };
        let keys: Vec<PublishedKey> = entries.into_iter().filter_map(known).collect();
        if keys.is_empty() {
            return Err(Fault::unavailable("no key was published yet: keys-rotate has not run"));
        }
        if keys.len() < all {
            tracing::warn!(skipped = all - keys.len(), "the published keys have some of another version");
        }
        Ok(PublishedKeys::new(issuer, keys))
    }

    /// Publishes keys and issuer. Repeated, it does the same again; Secrets Manager runs one rotation at a time.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written.
    pub async fn publish(&self, issuer: &str, keys: &[PublishedKey]) -> Result<(), Fault> {
        let write = Write::to(&self.0, keys_key()).set("issuer", issuer).set("keys", keys);
        write.update().await.map(|_: Written| ())
    }
}
