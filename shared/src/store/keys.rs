//! `Keys`: one item with our issuer and the keys that verify our signatures.

use async_recursion::async_recursion as boxed;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::table::{ItemKey, Table};
use super::write::{Write, Written};
use crate::domain::crypto::published_keys::{PublishedKey, PublishedKeys};
use crate::fault::Fault;

/// The table `Keys`.
pub struct Keys(pub(super) Table);

#[derive(Default, Deserialize)]
pub(super) struct KeysItem {
    #[serde(default)]
    issuer: Option<String>,
    #[serde(default)]
    pub(super) keys: Vec<KeyEntry>,
    /// Former keys, which verify hints; absent in the items of versions that dropped them.
    #[serde(default)]
    retired: Vec<KeyEntry>,
}

/// One key: of a kind that this version knows, or another, which then verifies nothing here.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum KeyEntry {
    Known(PublishedKey),
    Unknown(IgnoredAny),
}

fn known(entries: Vec<KeyEntry>) -> Vec<PublishedKey> {
    let known = entries.into_iter().filter_map(|entry| match entry {
        KeyEntry::Known(key) => Some(key),
        KeyEntry::Unknown(_) => None,
    });
    known.collect()
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
    #[boxed]
    pub async fn read(&self) -> Result<PublishedKeys, Fault> {
        let item: Option<KeysItem> = self.0.get(&keys_key()).await?;
        let item = item.unwrap_or_default();
        let all = item.keys.len();
        let keys = known(item.keys);
        if keys.is_empty() {
            return Err(Fault::unavailable("no key was published yet: keys-rotate has not run"));
        }
        if keys.len() < all {
            tracing::warn!(skipped = all - keys.len(), "the published keys have some of another version");
        }
        Ok(PublishedKeys::new(item.issuer, keys, known(item.retired)))
    }

    /// Reads every public key that is stored, retired or not; none before the first was published.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be read.
    #[boxed]
    pub async fn all(&self) -> Result<Vec<PublishedKey>, Fault> {
        let item: Option<KeysItem> = self.0.get(&keys_key()).await?;
        let item = item.unwrap_or_default();
        Ok(known(item.keys).into_iter().chain(known(item.retired)).collect())
    }

    /// Publishes keys and issuer, and stores the former keys that still verify hints, by one write. Repeated, it does the
    /// same again; Secrets Manager runs one rotation at a time.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written.
    #[boxed]
    pub async fn publish(&self, issuer: &str, keys: &[PublishedKey], retired: &[PublishedKey]) -> Result<(), Fault> {
        let write = Write::to(&self.0, keys_key()).set("issuer", issuer).set("keys", keys).set("retired", retired);
        write.update().await.map(|_: Written| ())
    }
}
