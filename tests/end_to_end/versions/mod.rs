//! Items of other versions: a deployment is never all new or all old, and after a rollback the tables have items of a newer
//! version.

mod lists;
mod released;
mod single;

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

/// An item as DynamoDB has it.
pub type Item = HashMap<String, AttributeValue>;

pub fn s(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

/// A copy of an item with other attributes.
pub fn with(item: &Item, changes: &[(&str, AttributeValue)]) -> Item {
    let changes = changes.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
    item.clone().into_iter().chain(changes).collect()
}
