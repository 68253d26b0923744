//! How lists are read.
//!
//! A deployment is never all new or all old, and after a rollback the tables have items of a newer version. So a list is read
//! without the items that this version cannot read. These stay as they are, for the version that wrote them; what deletes or
//! ends items goes by their keys and does not read them.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use serde::de::DeserializeOwned;

use super::table::{Item, ItemKey, Table, unavailable};
use crate::fault::Fault;

/// A page of a list.
pub(super) struct Page<T> {
    /// The items that this version can read, in their order.
    pub(super) items: Vec<T>,
    /// Where the list continues: the position of the last item, which this version may be unable to read.
    pub(super) next: Option<Item>,
}

impl Table {
    /// A consistent query, as yet without a condition.
    pub(super) fn query(&self) -> QueryFluentBuilder {
        self.client.query().table_name(&self.name).consistent_read(true)
    }

    /// Reads one page of a list.
    pub(super) async fn page<T: DeserializeOwned>(&self, query: QueryFluentBuilder) -> Result<Page<T>, Fault> {
        let output = query.send().await.map_err(unavailable)?;
        Ok(Page { items: self.read_known(output.items.unwrap_or_default()), next: output.last_evaluated_key })
    }

    /// Deserializes the items of a list, without those that this version cannot read. One line is logged for all of them, with
    /// their number and the key of the first; what is wrong with it is left out, because that text may quote personal data.
    pub(super) fn read_known<T: DeserializeOwned>(&self, items: impl IntoIterator<Item = Item>) -> Vec<T> {
        let (mut known, mut first, mut skipped) = (Vec::new(), None, 0_usize);
        for item in items {
            let key = ItemKey::of(&item);
            match serde_dynamo::from_item(item) {
                Ok(item) => known.push(item),
                Err(_) => {
                    skipped += 1;
                    first = first.or(key);
                }
            }
        }
        if skipped > 0 {
            tracing::warn!(table = self.name, first = ?first, skipped, "a list has items of another version");
        }
        known
    }

    /// Reads the last `most` items of a partition with this prefix of the sort key, the last first.
    pub(super) async fn newest<T: DeserializeOwned>(
        &self,
        partition: &str,
        prefix: &str,
        most: usize,
    ) -> Result<Vec<T>, Fault> {
        self.first_of(self.with_prefix(partition, prefix).scan_index_forward(false), most).await
    }

    /// Reads the first `most` items of a partition with this prefix of the sort key, in order.
    pub(super) async fn oldest<T: DeserializeOwned>(
        &self,
        partition: &str,
        prefix: &str,
        most: usize,
    ) -> Result<Vec<T>, Fault> {
        self.first_of(self.with_prefix(partition, prefix), most).await
    }

    /// Reads the first `most` items of a partition with a sort key from `from` up to `to`, in order.
    pub(super) async fn between<T: DeserializeOwned>(
        &self,
        partition: &str,
        from: &str,
        to: &str,
        most: usize,
    ) -> Result<Vec<T>, Fault> {
        let query = self.query().key_condition_expression("pk = :pk AND sk BETWEEN :from AND :to");
        let values = [(":pk", partition), (":from", from), (":to", to)];
        let values = values.map(|(name, value)| (name.to_owned(), AttributeValue::S(value.to_owned())));
        self.first_of(query.set_expression_attribute_values(Some(HashMap::from(values))), most).await
    }

    /// A query of the items of a partition with this prefix of the sort key.
    pub(super) fn with_prefix(&self, partition: &str, prefix: &str) -> QueryFluentBuilder {
        let values = HashMap::from([
            (":pk".to_owned(), AttributeValue::S(partition.to_owned())),
            (":prefix".to_owned(), AttributeValue::S(prefix.to_owned())),
        ]);
        let query = self.query().key_condition_expression("pk = :pk AND begins_with(sk, :prefix)");
        query.set_expression_attribute_values(Some(values))
    }

    /// The first `most` items of a query that this version can read.
    async fn first_of<T: DeserializeOwned>(&self, query: QueryFluentBuilder, most: usize) -> Result<Vec<T>, Fault> {
        let mut items = Vec::new();
        let mut position = None;
        loop {
            let limit = i32::try_from(most - items.len()).unwrap_or(i32::MAX).min(1_000);
            let page = self.page(query.clone().limit(limit).set_exclusive_start_key(position)).await?;
            items.extend(page.items);
            position = page.next;
            if position.is_none() || items.len() >= most {
                return Ok(items);
            }
        }
    }

    /// The keys of a partition: the first `most` of them, of items of every version.
    pub(super) async fn keys(&self, partition: &str, most: usize) -> Result<Vec<ItemKey>, Fault> {
        let query = self
            .query()
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", AttributeValue::S(partition.to_owned()))
            .projection_expression("pk, sk");
        let mut keys: Vec<ItemKey> = Vec::new();
        let mut position = None;
        while keys.len() < most {
            let page = i32::try_from(most - keys.len()).unwrap_or(i32::MAX);
            let output = query.clone().limit(page).set_exclusive_start_key(position).send().await;
            let output = output.map_err(unavailable)?;
            keys.extend(output.items.unwrap_or_default().iter().filter_map(ItemKey::of));
            position = output.last_evaluated_key;
            if position.is_none() {
                break;
            }
        }
        Ok(keys)
    }
}
