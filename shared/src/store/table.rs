//! One table, its keys, and how one item is read and several are deleted.

use std::fmt;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::domain::crypto::random;
use crate::dynamodb::{Again, BatchWrite, BatchWritten, Client, Get, Got, Item, Operation};
use crate::fault::Fault;

/// How many items one call deletes.
pub(super) const MOST_DELETED: usize = 25;
/// How often deletions that DynamoDB left undone are requested again.
const ROUNDS: u32 = 4;

/// A table of the stack.
#[derive(Clone)]
pub(super) struct Table {
    pub(super) client: Client,
    pub(super) name: String,
}

impl Table {
    pub(super) fn new(client: Client, name: &str) -> Self {
        Self { client, name: name.to_owned() }
    }

    /// Reads one item, as it is after every completed write.
    pub(super) async fn get<T: DeserializeOwned>(&self, key: &ItemKey) -> Result<Option<T>, Fault> {
        let request = Get { table_name: &self.name, key: key.attributes()?, consistent_read: true };
        let got: Got = self.client.call(Operation::GetItem, &request).await?;
        got.item.map(|item| self.read(key, &item)).transpose()
    }

    /// Deletes items, whatever they are now. Repeated, it finds nothing and is done.
    pub(super) async fn delete_batch(&self, keys: &[ItemKey]) -> Result<(), Fault> {
        for keys in keys.chunks(MOST_DELETED) {
            let keys = keys.iter().map(ItemKey::attributes).collect::<Result<_, _>>()?;
            let request = BatchWrite(&self.name, keys);
            let mut written: BatchWritten = self.client.call(Operation::BatchWriteItem, &request).await?;
            for round in 1..ROUNDS {
                if written.unprocessed_items.is_empty() {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(random::below(u64::from(round) * 50))).await;
                let left = Again { request_items: written.unprocessed_items };
                written = self.client.call(Operation::BatchWriteItem, &left).await?;
            }
            if !written.unprocessed_items.is_empty() {
                return Err(Fault::unavailable("DynamoDB left deletions of a batch undone"));
            }
        }
        Ok(())
    }

    /// Deletes up to `most` items of a partition, and returns how many.
    pub(super) async fn empty(&self, partition: &str, most: usize) -> Result<usize, Fault> {
        let keys = self.keys(partition, most).await?;
        self.delete_batch(&keys).await?;
        Ok(keys.len())
    }

    /// Deserializes one item: one that this version cannot read is a fault. A list goes on without it (`list.rs`).
    pub(super) fn read<T: DeserializeOwned>(&self, key: &ItemKey, item: &Item) -> Result<T, Fault> {
        item.read().map_err(|source| Fault::broken(Unreadable { table: self.name.clone(), key: key.clone(), source }))
    }
}

/// A primary key; every table has the same two attributes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(super) struct ItemKey {
    pub(super) pk: String,
    pub(super) sk: String,
}

impl ItemKey {
    pub(super) fn new(pk: impl Into<String>, sk: impl Into<String>) -> Self {
        Self { pk: pk.into(), sk: sk.into() }
    }

    /// The key as requests have it.
    pub(super) fn attributes(&self) -> Result<Item, Fault> {
        Item::of(self)
    }

    /// The key of an item, which every item has.
    pub(super) fn of(item: &Item) -> Option<Self> {
        item.read().ok()
    }
}

/// Shows a key without personal data: e-mail addresses are left out.
impl fmt::Debug for ItemKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |part: &str| {
            if part.contains('@') {
                part.split('#').next().unwrap_or_default().to_owned() + "#…"
            } else {
                part.to_owned()
            }
        };
        write!(f, "{}/{}", shown(&self.pk), shown(&self.sk))
    }
}

/// An item that is not of the form that its store writes.
#[derive(Debug)]
struct Unreadable {
    table: String,
    key: ItemKey,
    source: serde_json::Error,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the item {:?} of table {} cannot be read", self.key, self.table)
    }
}

impl std::error::Error for Unreadable {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}
