//! How lists are read.
//!
//! A deployment is never all new or all old, and after a rollback the tables have items of a newer version. So a list is read
//! without the items that this version cannot read. These stay as they are, for the version that wrote them; what deletes or
//! ends items goes by their keys and does not read them.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::table::{ItemKey, Table};
use crate::dynamodb::{Item, Names, Operation, Queried, Query, Value, Values};
use crate::fault::Fault;

/// A page of a list.
pub(super) struct Page<T> {
    /// The items, in their order; as a rule those that this version can read.
    pub(super) items: Vec<T>,
    /// Where the list continues: the position of the last item, which this version may be unable to read.
    pub(super) next: Option<Item>,
}

impl Table {
    /// A consistent query of the items that meet this condition, in the order of their sort keys.
    pub(super) fn query(&self, condition: &'static str, values: Values) -> Query {
        Query {
            table_name: self.name.clone(),
            index_name: None,
            key_condition_expression: condition,
            filter_expression: None,
            projection_expression: None,
            expression_attribute_names: Names::default(),
            expression_attribute_values: values,
            scan_index_forward: true,
            consistent_read: true,
            limit: None,
            exclusive_start_key: None,
        }
    }

    /// Reads one page of a list.
    pub(super) async fn page<T: DeserializeOwned>(&self, query: &Query) -> Result<Page<T>, Fault> {
        let Page { items, next } = self.page_as_stored(query).await?;
        Ok(Page { items: self.read_known(&items), next })
    }

    /// Reads one page of a list as it is stored, with the items that this version cannot read.
    pub(super) async fn page_as_stored(&self, query: &Query) -> Result<Page<Item>, Fault> {
        let found: Queried = self.client.call(Operation::Query, query).await?;
        Ok(Page { items: found.items, next: found.last_evaluated_key })
    }

    /// Deserializes the items of a list, without those that this version cannot read. One line is logged for all of them, with
    /// their number and the key of the first; what is wrong with it is left out, because that text may quote personal data.
    pub(super) fn read_known<'i, T: DeserializeOwned>(&self, items: impl IntoIterator<Item = &'i Item>) -> Vec<T> {
        let (mut known, mut first, mut skipped) = (Vec::new(), None, 0_usize);
        for item in items {
            match item.read() {
                Ok(item) => known.push(item),
                Err(_) => {
                    skipped += 1;
                    first = first.or_else(|| ItemKey::of(item));
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
        let query = Query { scan_index_forward: false, ..self.with_prefix(partition, prefix)? };
        self.first_of(query, most).await
    }

    /// Reads the first `most` items of a partition with this prefix of the sort key, in order.
    pub(super) async fn oldest<T: DeserializeOwned>(
        &self,
        partition: &str,
        prefix: &str,
        most: usize,
    ) -> Result<Vec<T>, Fault> {
        self.first_of(self.with_prefix(partition, prefix)?, most).await
    }

    /// Reads the first `most` items of a partition with a sort key from `from` up to `to`, in order.
    pub(super) async fn between<T: DeserializeOwned>(
        &self,
        partition: &str,
        from: &str,
        to: &str,
        most: usize,
    ) -> Result<Vec<T>, Fault> {
        let values = values(&[(":pk", &partition), (":from", &from), (":to", &to)])?;
        self.first_of(self.query("pk = :pk AND sk BETWEEN :from AND :to", values), most).await
    }

    /// A query of the items of a partition with this prefix of the sort key.
    pub(super) fn with_prefix(&self, partition: &str, prefix: &str) -> Result<Query, Fault> {
        let values = values(&[(":pk", &partition), (":prefix", &prefix)])?;
        Ok(self.query("pk = :pk AND begins_with(sk, :prefix)", values))
    }

    /// The first `most` items of a query that this version can read.
    pub(super) async fn first_of<T: DeserializeOwned>(&self, mut query: Query, most: usize) -> Result<Vec<T>, Fault> {
        let mut items = Vec::new();
        loop {
            query.limit = Some((most - items.len()).min(1_000));
            let page = self.page(&query).await?;
            items.extend(page.items);
            query.exclusive_start_key = page.next;
            if query.exclusive_start_key.is_none() || items.len() >= most {
                return Ok(items);
            }
        }
    }

    /// The keys of a partition: the first `most` of them, of items of every version.
    pub(super) async fn keys(&self, partition: &str, most: usize) -> Result<Vec<ItemKey>, Fault> {
        let query = self.query("pk = :pk", values(&[(":pk", &partition)])?);
        let mut query = Query { projection_expression: Some("pk, sk"), ..query };
        let mut keys: Vec<ItemKey> = Vec::new();
        while keys.len() < most {
            query.limit = Some(most - keys.len());
            let found: Queried = self.client.call(Operation::Query, &query).await?;
            keys.extend(found.items.iter().filter_map(ItemKey::of));
            query.exclusive_start_key = found.last_evaluated_key;
            if query.exclusive_start_key.is_none() {
                break;
            }
        }
        Ok(keys)
    }
}

/// The values of a query's expressions.
pub(super) fn values<T: Serialize>(values: &[(&'static str, &T)]) -> Result<Values, Fault> {
    let mut named = Values::default();
    for (placeholder, value) in values {
        named.add(*placeholder, Value::of(*value)?);
    }
    Ok(named)
}
