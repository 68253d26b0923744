//! Responses, with the fields that are used.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::item::Item;

/// Of `GetItem`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Got {
    /// The item, if there is one.
    pub item: Option<Item>,
}

/// Of `BatchGetItem`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct BatchGot {
    /// The items by their tables.
    #[serde(default)]
    pub responses: HashMap<String, Vec<Item>>,
    /// What is to be requested again.
    #[serde(default)]
    pub unprocessed_keys: HashMap<String, Box<RawValue>>,
}

/// Of `BatchWriteItem`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct BatchWritten {
    /// What is to be requested again.
    #[serde(default)]
    pub unprocessed_items: HashMap<String, Box<RawValue>>,
}

/// Of `Query`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Queried {
    /// The items.
    #[serde(default)]
    pub items: Vec<Item>,
    /// The key of the last item that was read, if there may be more.
    pub last_evaluated_key: Option<Item>,
}

/// Of `UpdateItem`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Changed {
    /// The item as it is now.
    pub attributes: Option<Item>,
}

/// Of a write whose response has nothing that is used.
#[derive(Deserialize)]
pub struct Done {}
