//! Requests, with the fields that are used.

use std::collections::HashMap;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::item::{Item, Value};

/// Names of attributes by their placeholders, such as `#name`.
#[derive(Clone, Default)]
pub struct Names(Vec<(String, String)>);

impl Names {
    /// Adds a name; the same placeholder always has the same name.
    pub fn add(&mut self, placeholder: &str, name: &str) {
        if !self.0.iter().any(|(known, _)| known == placeholder) {
            self.0.push((placeholder.to_owned(), name.to_owned()));
        }
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Names {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(placeholder, name)| (placeholder, name)))
    }
}

/// Values by their placeholders, such as `:v0`.
#[derive(Clone, Default)]
pub struct Values(Vec<(String, Value)>);

impl Values {
    /// Adds a value with a placeholder of its own.
    pub fn add(&mut self, placeholder: impl Into<String>, value: Value) {
        self.0.push((placeholder.into(), value));
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none. DynamoDB refuses an empty map.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Values {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(placeholder, value)| (placeholder, value)))
    }
}

/// `GetItem`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Get<'a> {
    /// The table.
    pub table_name: &'a str,
    /// The item's key.
    pub key: Item,
    /// Whether the item is read as it is after every completed write.
    pub consistent_read: bool,
}

/// `BatchGetItem`.
pub struct BatchGet<'a>(pub Vec<(&'a str, Keys)>);

/// The keys of one table.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Keys {
    /// The keys, each once.
    pub keys: Vec<Item>,
    /// Whether the items are read as they are after every completed write.
    pub consistent_read: bool,
}

impl Serialize for BatchGet<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize_request_items(&self.0, serializer)
    }
}

/// `BatchWriteItem` of deletions: the keys of a table.
pub struct BatchWrite<'a>(pub &'a str, pub Vec<Item>);

impl Serialize for BatchWrite<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Key<'a> {
            key: &'a Item,
        }
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Deletion<'a> {
            delete_request: Key<'a>,
        }
        let deletions: Vec<_> = self.1.iter().map(|key| Deletion { delete_request: Key { key } }).collect();
        serialize_request_items(&[(self.0, deletions)], serializer)
    }
}

/// What DynamoDB left undone of a batch, requested again.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Again {
    /// What the response said.
    pub request_items: HashMap<String, Box<RawValue>>,
}

fn serialize_request_items<S: Serializer, T: Serialize>(
    tables: &[(&str, T)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    struct Tables<'a, T>(&'a [(&'a str, T)]);
    impl<T: Serialize> Serialize for Tables<'_, T> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_map(self.0.iter().map(|(table, requested)| (table, requested)))
        }
    }
    let mut request = serializer.serialize_map(Some(1))?;
    request.serialize_entry("RequestItems", &Tables(tables))?;
    request.end()
}

/// `Query`.
#[derive(Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Query {
    /// The table.
    pub table_name: String,
    /// An index of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index_name: Option<&'static str>,
    /// The partition, and which sort keys of it.
    pub key_condition_expression: &'static str,
    /// Which of the items that were read are returned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter_expression: Option<&'static str>,
    /// Which of their attributes are returned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub projection_expression: Option<&'static str>,
    /// The names in the expressions.
    #[serde(skip_serializing_if = "Names::is_empty")]
    pub expression_attribute_names: Names,
    /// The values in the expressions.
    pub expression_attribute_values: Values,
    /// Whether items are read in the order of their sort keys, and not backwards.
    pub scan_index_forward: bool,
    /// Whether items are read as they are after every completed write, which an index cannot.
    pub consistent_read: bool,
    /// How many items are read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
    /// The key of the last item of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exclusive_start_key: Option<Item>,
}

/// A write of one item: alone, or as a part of a transaction.
#[derive(Clone, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Change {
    /// The table.
    pub table_name: String,
    /// The key of the item; a put has it in its item.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<Item>,
    /// The whole item of a put.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item: Option<Item>,
    /// What changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update_expression: Option<String>,
    /// On which condition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition_expression: Option<String>,
    /// The names in the expressions.
    #[serde(skip_serializing_if = "Names::is_empty")]
    pub expression_attribute_names: Names,
    /// The values in the expressions.
    #[serde(skip_serializing_if = "Values::is_empty")]
    pub expression_attribute_values: Values,
    /// What a write returns that was done: `ALL_NEW`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub return_values: Option<&'static str>,
    /// What a write returns whose condition failed: `ALL_OLD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub return_values_on_condition_check_failure: Option<&'static str>,
}

/// A part of a transaction.
#[derive(Serialize)]
pub enum TransactItem {
    /// Only the condition must be true.
    ConditionCheck(Change),
    /// Deletes the item.
    Delete(Change),
    /// Writes the whole item.
    Put(Change),
    /// Changes the item.
    Update(Change),
}

/// `TransactWriteItems`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Transact {
    /// Two requests with the same token are one transaction.
    pub client_request_token: String,
    /// The writes.
    pub transact_items: Vec<TransactItem>,
}
