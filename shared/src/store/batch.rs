//! Reading everything that a decision depends on in one call.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::KeysAndAttributes;
use serde::de::DeserializeOwned;

use super::table::{Item, ItemKey, Table, unavailable};
use crate::domain::crypto::random;
use crate::fault::Fault;

/// How often unprocessed keys are requested again.
const ROUNDS: u32 = 4;
/// The longest wait before the second round; it doubles from there.
const FIRST_WAIT: Duration = Duration::from_millis(20);

/// The items that a batch read found.
pub(super) struct Batch(HashMap<(String, ItemKey), Item>);

impl Batch {
    /// How many items one call reads.
    pub(super) const MOST: usize = 100;

    /// Reads up to 100 items of any tables in one consistent `BatchGetItem`.
    pub(super) async fn read(client: &Client, keys: &[(&Table, ItemKey)]) -> Result<Self, Fault> {
        let mut wanted = requests(keys)?;
        let mut found = HashMap::new();
        for round in 0..ROUNDS {
            let output = client.batch_get_item().set_request_items(Some(wanted)).send().await.map_err(unavailable)?;
            for (table, items) in output.responses.unwrap_or_default() {
                found.extend(items.into_iter().filter_map(|item| Some(((table.clone(), ItemKey::of(&item)?), item))));
            }
            wanted = output.unprocessed_keys.unwrap_or_default();
            if wanted.is_empty() {
                return Ok(Self(found));
            }
            let longest = FIRST_WAIT * 2u32.pow(round);
            tokio::time::sleep(Duration::from_millis(random::below(
                u64::try_from(longest.as_millis()).unwrap_or(u64::MAX),
            )))
            .await;
        }
        // A decision needs all of the items.
        Err(Fault::unavailable("DynamoDB left keys of a batch unread"))
    }

    /// Returns whether there is an item of this key.
    pub(super) fn has(&self, table: &Table, key: Option<&ItemKey>) -> bool {
        key.is_some_and(|key| self.0.contains_key(&(table.name.clone(), key.clone())))
    }

    /// One of the items, if there is a key and an item of that key.
    pub(super) fn find<T: DeserializeOwned>(&self, table: &Table, key: Option<&ItemKey>) -> Result<Option<T>, Fault> {
        let Some(key) = key else { return Ok(None) };
        let item = self.0.get(&(table.name.clone(), key.clone()));
        item.map(|item| table.read(key, item.clone())).transpose()
    }

    /// The items of a list with these keys, in this order, without those that do not exist or that this version cannot read.
    pub(super) fn list<T: DeserializeOwned>(&self, table: &Table, keys: &[ItemKey]) -> Vec<T> {
        let item = |key: &ItemKey| self.0.get(&(table.name.clone(), key.clone())).cloned();
        table.read_known(keys.iter().filter_map(item))
    }
}

fn requests(keys: &[(&Table, ItemKey)]) -> Result<HashMap<String, KeysAndAttributes>, Fault> {
    let mut by_table: HashMap<String, Vec<Item>> = HashMap::new();
    // DynamoDB refuses a duplicated key.
    for (table, key) in keys.iter().map(|(table, key)| (&table.name, key)).collect::<BTreeSet<_>>() {
        by_table.entry(table.clone()).or_default().push(key.attributes());
    }
    let request = |(table, keys)| {
        let keys = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true).build();
        Ok((table, keys.map_err(Fault::broken)?))
    };
    by_table.into_iter().map(request).collect()
}
