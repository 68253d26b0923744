//! `Keys`: one item with our issuer and the keys that verify our signatures.

use serde::{Deserialize, Serialize};

use super::table::{ItemKey, Table};
use super::write::{Write, Written};
use crate::domain::crypto::published_keys::{PublishedKey, PublishedKeys};
use crate::fault::Fault;

/// The table `Keys`.
pub struct Keys(pub(super) Table);

#[derive(Serialize, Deserialize)]
struct KeysItem {
    #[serde(default)]
    issuer: Option<String>,
    #[serde(default)]
    keys: Vec<PublishedKey>,
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
        let item = item
            .filter(|item| !item.keys.is_empty())
            .ok_or_else(|| Fault::unavailable("no key was published yet: keys-rotate has not run"))?;
        Ok(PublishedKeys::new(item.issuer, item.keys))
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
