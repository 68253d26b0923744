//! One table, its keys, and how one item is read and several are deleted.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::types::{AttributeValue, DeleteRequest, WriteRequest};
use serde::de::DeserializeOwned;

use crate::domain::crypto::random;
use crate::fault::Fault;

/// How many items one call deletes.
const MOST_DELETED: usize = 25;
/// How often deletions that DynamoDB left undone are requested again.
const ROUNDS: u32 = 4;

/// An item as DynamoDB returns it.
pub(super) type Item = HashMap<String, AttributeValue>;

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
        let request =
            self.client.get_item().table_name(&self.name).set_key(Some(key.attributes())).consistent_read(true);
        let item = request.send().await.map_err(unavailable)?.item;
        item.map(|item| self.read(key, item)).transpose()
    }

    /// Deletes items, whatever they are now. Repeated, it finds nothing and is done.
    pub(super) async fn delete_batch(&self, keys: &[ItemKey]) -> Result<(), Fault> {
        for keys in keys.chunks(MOST_DELETED) {
            let delete = |key: &ItemKey| {
                let request =
                    DeleteRequest::builder().set_key(Some(key.attributes())).build().map_err(Fault::broken)?;
                Ok(WriteRequest::builder().delete_request(request).build())
            };
            let mut left = HashMap::from([(self.name.clone(), keys.iter().map(delete).collect::<Result<_, Fault>>()?)]);
            for round in 0..ROUNDS {
                let output = self.client.batch_write_item().set_request_items(Some(left)).send().await;
                left = output.map_err(unavailable)?.unprocessed_items.unwrap_or_default();
                if left.is_empty() {
                    break;
                }
                let longest = u64::from(round + 1) * 50;
                tokio::time::sleep(Duration::from_millis(random::below(longest))).await;
            }
            if !left.is_empty() {
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
    pub(super) fn read<T: DeserializeOwned>(&self, key: &ItemKey, item: Item) -> Result<T, Fault> {
        serde_dynamo::from_item(item)
            .map_err(|source| Fault::broken(Unreadable { table: self.name.clone(), key: key.clone(), source }))
    }
}

/// A primary key; every table has the same two attributes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct ItemKey {
    pub(super) pk: String,
    pub(super) sk: String,
}

impl ItemKey {
    pub(super) fn new(pk: impl Into<String>, sk: impl Into<String>) -> Self {
        Self { pk: pk.into(), sk: sk.into() }
    }

    pub(super) fn attributes(&self) -> Item {
        let text = |text: &String| AttributeValue::S(text.clone());
        HashMap::from([("pk".to_owned(), text(&self.pk)), ("sk".to_owned(), text(&self.sk))])
    }

    pub(super) fn of(item: &Item) -> Option<Self> {
        let text = |name| item.get(name)?.as_s().ok().cloned();
        Some(Self { pk: text("pk")?, sk: text("sk")? })
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
    source: serde_dynamo::Error,
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

/// DynamoDB gave no usable response: throttled, slow, away, or not set up as the template says.
pub(super) fn unavailable<E, R>(error: SdkError<E, R>) -> Fault
where
    SdkError<E, R>: std::error::Error + Send + Sync + 'static,
{
    Fault::unavailable(error)
}
