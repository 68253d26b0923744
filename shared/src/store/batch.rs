//! Reading everything that a decision depends on in one call.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use serde::de::DeserializeOwned;

use super::table::{ItemKey, Table};
use crate::domain::crypto::random;
use crate::dynamodb::{Again, BatchGet, BatchGot, Client, Item, Keys, Operation};
use crate::fault::Fault;

/// How often unprocessed keys are requested again.
const ROUNDS: u32 = 4;
/// The longest wait before the second round; it doubles from there.
const FIRST_WAIT: Duration = Duration::from_millis(20);

/// The items that a batch read found.
pub(super) struct Batch(HashMap<String, HashMap<ItemKey, Item>>);

impl Batch {
    /// How many items one call reads.
    pub(super) const MOST: usize = 100;

    /// Reads up to 100 items of any tables in one consistent `BatchGetItem`.
    pub(super) async fn read(client: &Client, keys: &[(&Table, ItemKey)]) -> Result<Self, Fault> {
        let mut found = Self(HashMap::new());
        let keys = sorted(keys);
        let mut left = found.add(client.call(Operation::BatchGetItem, &request(&keys)?).await?, &keys);
        for round in 1..ROUNDS {
            if left.request_items.is_empty() {
                break;
            }
            let longest = FIRST_WAIT * 2u32.pow(round - 1);
            let longest = u64::try_from(longest.as_millis()).unwrap_or(u64::MAX);
            tokio::time::sleep(Duration::from_millis(random::below(longest))).await;
            left = found.add(client.call(Operation::BatchGetItem, &left).await?, &keys);
        }
        // A decision needs all of the items.
        if left.request_items.is_empty() {
            Ok(found)
        } else {
            Err(Fault::unavailable("DynamoDB left keys of a batch unread"))
        }
    }

    /// Adds the items of a response, and returns what it left unread.
    fn add(&mut self, got: BatchGot, wanted: &[TableKeys<'_>]) -> Again {
        for (table, items) in got.responses {
            let keys = wanted.iter().find(|(name, _)| *name == table).map(|(_, keys)| keys.as_slice());
            // An item has to be read once more for its key, unless it can only be the one that was asked for.
            let key_of = |item: &Item| match keys {
                Some([only]) => Some((*only).clone()),
                _ => ItemKey::of(item),
            };
            let items = items.into_iter().filter_map(|item| Some((key_of(&item)?, item)));
            self.0.entry(table).or_default().extend(items);
        }
        Again { request_items: got.unprocessed_keys }
    }

    fn item(&self, table: &Table, key: &ItemKey) -> Option<&Item> {
        self.0.get(&table.name)?.get(key)
    }

    /// Returns whether there is an item of this key.
    pub(super) fn has(&self, table: &Table, key: Option<&ItemKey>) -> bool {
        key.is_some_and(|key| self.item(table, key).is_some())
    }

    /// One of the items, if there is a key and an item of that key.
    pub(super) fn find<T: DeserializeOwned>(&self, table: &Table, key: Option<&ItemKey>) -> Result<Option<T>, Fault> {
        let Some(key) = key else { return Ok(None) };
        self.item(table, key).map(|item| table.read(key, item)).transpose()
    }

    /// The items of a list with these keys, in this order, without those that do not exist or that this version cannot read.
    pub(super) fn list<T: DeserializeOwned>(&self, table: &Table, keys: &[ItemKey]) -> Vec<T> {
        table.read_known(keys.iter().filter_map(|key| self.item(table, key)))
    }
}

/// A table, and which of its items to read.
type TableKeys<'k> = (&'k str, Vec<&'k ItemKey>);

/// The keys by their tables, each once: DynamoDB refuses a duplicated key.
fn sorted<'k>(keys: &'k [(&'k Table, ItemKey)]) -> Vec<TableKeys<'k>> {
    let mut by_table: Vec<TableKeys<'k>> = Vec::new();
    for (table, key) in keys.iter().map(|(table, key)| (table.name.as_str(), key)).collect::<BTreeSet<_>>() {
        match by_table.last_mut() {
            Some((last, keys)) if *last == table => keys.push(key),
            _ => by_table.push((table, vec![key])),
        }
    }
    by_table
}

fn request<'k>(wanted: &[TableKeys<'k>]) -> Result<BatchGet<'k>, Fault> {
    let request = |(table, keys): &TableKeys<'k>| {
        let keys = keys.iter().map(|key| key.attributes()).collect::<Result<_, _>>()?;
        Ok((*table, Keys { keys, consistent_read: true }))
    };
    wanted.iter().map(request).collect::<Result<_, _>>().map(BatchGet)
}
