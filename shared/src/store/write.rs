//! One write to one item: what it sets, on which conditions, and the outcome.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, Delete, Put, ReturnValue, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
    Update,
};
use serde::Serialize;

use super::table::{Item, ItemKey, Table, unavailable};
use crate::domain::crypto::random;
use crate::fault::Fault;

/// The outcome of a conditional write.
pub(super) enum Written {
    /// It was done, with the item as it is now if the write returns it.
    Done(Item),
    /// A condition failed, with the item as it is, if it exists.
    Refused(Option<Item>),
}

/// A write that is being built. Names and values go into placeholders only, so no input can change an expression.
pub(super) struct Write<'t> {
    table: &'t Table,
    key: ItemKey,
    sets: Vec<String>,
    adds: Vec<String>,
    removes: Vec<String>,
    conditions: Vec<String>,
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
    unwritable: Option<serde_dynamo::Error>,
}

impl<'t> Write<'t> {
    pub(super) fn to(table: &'t Table, key: ItemKey) -> Self {
        Self {
            table,
            key,
            sets: vec![],
            adds: vec![],
            removes: vec![],
            conditions: vec![],
            names: HashMap::new(),
            values: HashMap::new(),
            unwritable: None,
        }
    }

    /// Sets an attribute.
    pub(super) fn set(mut self, name: &str, value: impl Serialize) -> Self {
        let (n, v) = (self.name(name), self.value(value));
        self.sets.push(format!("{n} = {v}"));
        self
    }

    /// Sets an attribute if there is a value for it, and does not change it otherwise.
    pub(super) fn set_some(self, name: &str, value: Option<&impl Serialize>) -> Self {
        match value {
            Some(value) => self.set(name, value),
            None => self,
        }
    }

    /// Sets an attribute that the item does not have yet; repeated, it keeps the first value.
    pub(super) fn set_once(mut self, name: &str, value: impl Serialize) -> Self {
        let (n, v) = (self.name(name), self.value(value));
        self.sets.push(format!("{n} = if_not_exists({n}, {v})"));
        self
    }

    /// Adds to a number, which is zero as long as it is absent.
    pub(super) fn add(mut self, name: &str, value: impl Serialize) -> Self {
        let (n, v) = (self.name(name), self.value(value));
        self.adds.push(format!("{n} {v}"));
        self
    }

    /// Removes an attribute.
    pub(super) fn remove(mut self, name: &str) -> Self {
        let n = self.name(name);
        self.removes.push(n);
        self
    }

    /// Only if the item exists.
    pub(super) fn if_exists(self) -> Self {
        self.condition("pk", |n| format!("attribute_exists({n})"))
    }

    /// Only if there is no such item.
    pub(super) fn if_new(self) -> Self {
        self.condition("pk", |n| format!("attribute_not_exists({n})"))
    }

    /// Only if the item lacks this attribute.
    pub(super) fn if_absent(self, name: &str) -> Self {
        self.condition(name, |n| format!("attribute_not_exists({n})"))
    }

    /// Only if the attribute has this value.
    pub(super) fn if_equal(self, name: &str, value: impl Serialize) -> Self {
        self.compare(name, value, |n, v| format!("{n} = {v}"))
    }

    /// Only if the attribute has this value, or is absent where there is none.
    pub(super) fn if_is(self, name: &str, value: Option<&impl Serialize>) -> Self {
        match value {
            Some(value) => self.if_equal(name, value),
            None => self.if_absent(name),
        }
    }

    /// Only if the attribute is greater than this value.
    pub(super) fn if_greater(self, name: &str, value: impl Serialize) -> Self {
        self.compare(name, value, |n, v| format!("{n} > {v}"))
    }

    /// Only if the attribute is at most this value.
    pub(super) fn if_at_most(self, name: &str, value: impl Serialize) -> Self {
        self.compare(name, value, |n, v| format!("{n} <= {v}"))
    }

    /// Only if there is no such item, or its attribute is at most this value.
    pub(super) fn if_new_or_at_most(mut self, name: &str, value: impl Serialize) -> Self {
        let key = self.name("pk");
        self.compare(name, value, |n, v| format!("(attribute_not_exists({key}) OR {n} <= {v})"))
    }

    /// Only if there is no such item, or it is free: from `free_at` on for all, and before for the user in `held_for`.
    pub(super) fn if_free_for(mut self, user: impl Serialize, now: impl Serialize) -> Self {
        let (key, free_at, held_for) = (self.name("pk"), self.name("free_at"), self.name("held_for"));
        let (user, now) = (self.value(user), self.value(now));
        self.conditions.push(format!("(attribute_not_exists({key}) OR {free_at} <= {now} OR {held_for} = {user})"));
        self
    }

    /// Only if the attribute is absent or greater than this value.
    pub(super) fn if_absent_or_greater(self, name: &str, value: impl Serialize) -> Self {
        self.compare(name, value, |n, v| format!("(attribute_not_exists({n}) OR {n} > {v})"))
    }

    /// Only if the attribute is absent or at most this value.
    pub(super) fn if_absent_or_at_most(self, name: &str, value: impl Serialize) -> Self {
        self.compare(name, value, |n, v| format!("(attribute_not_exists({n}) OR {n} <= {v})"))
    }

    fn condition(mut self, name: &str, condition: impl FnOnce(&str) -> String) -> Self {
        let n = self.name(name);
        self.conditions.push(condition(&n));
        self
    }

    fn compare(mut self, name: &str, value: impl Serialize, condition: impl FnOnce(&str, &str) -> String) -> Self {
        let (n, v) = (self.name(name), self.value(value));
        self.conditions.push(condition(&n, &v));
        self
    }

    /// The placeholder of an attribute, or of one inside of another: `metadata.name`.
    fn name(&mut self, path: &str) -> String {
        let mut step = |name: &str| {
            let placeholder = format!("#{name}");
            self.names.insert(placeholder.clone(), name.to_owned());
            placeholder
        };
        path.split('.').map(&mut step).collect::<Vec<_>>().join(".")
    }

    fn value(&mut self, value: impl Serialize) -> String {
        let placeholder = format!(":v{}", self.values.len());
        match serde_dynamo::to_attribute_value(value) {
            Ok(value) => _ = self.values.insert(placeholder.clone(), value),
            Err(error) => self.unwritable = Some(error),
        }
        placeholder
    }

    fn update_expression(&self) -> String {
        let clause = |keyword: &str, parts: &[String]| {
            if parts.is_empty() { String::new() } else { format!("{keyword} {} ", parts.join(", ")) }
        };
        clause("SET", &self.sets) + &clause("ADD", &self.adds) + &clause("REMOVE", &self.removes)
    }

    fn condition_expression(&self) -> Option<String> {
        (!self.conditions.is_empty()).then(|| self.conditions.join(" AND "))
    }

    fn ready(mut self) -> Result<Self, Fault> {
        match self.unwritable.take() {
            Some(error) => Err(Fault::broken(error)),
            None => Ok(self),
        }
    }

    /// Changes the item, and returns it as it is afterwards.
    pub(super) async fn update(self) -> Result<Written, Fault> {
        let write = self.ready()?;
        let request = write
            .table
            .client
            .update_item()
            .table_name(&write.table.name)
            .set_key(Some(write.key.attributes()))
            .update_expression(write.update_expression())
            .set_condition_expression(write.condition_expression())
            .set_expression_attribute_names(Some(write.names))
            .set_expression_attribute_values(Some(write.values))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let mut conflicts = Conflicts::default();
        loop {
            let error = match request.clone().send().await {
                Ok(output) => return Ok(Written::Done(output.attributes.unwrap_or_default())),
                Err(error) => error,
            };
            match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(refusal)) => {
                    return Ok(Written::Refused(refusal.item.clone()));
                }
                Some(UpdateItemError::TransactionConflictException(_)) => conflicts.wait(error).await?,
                _ => return Err(unavailable(error)),
            }
        }
    }

    /// Puts a whole item.
    pub(super) async fn put(self, item: &impl Serialize) -> Result<Written, Fault> {
        let write = self.ready()?;
        let request = write
            .table
            .client
            .put_item()
            .table_name(&write.table.name)
            .set_item(Some(write.item(item)?))
            .set_condition_expression(write.condition_expression())
            .set_expression_attribute_names(write.placeholders())
            .set_expression_attribute_values(write.bound())
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let mut conflicts = Conflicts::default();
        loop {
            let error = match request.clone().send().await {
                Ok(_) => return Ok(Written::Done(Item::new())),
                Err(error) => error,
            };
            match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(refusal)) => {
                    return Ok(Written::Refused(refusal.item.clone()));
                }
                Some(PutItemError::TransactionConflictException(_)) => conflicts.wait(error).await?,
                _ => return Err(unavailable(error)),
            }
        }
    }

    /// Puts a whole item, as a part of a transaction.
    pub(super) fn into_put(self, item: &impl Serialize) -> Result<TransactWriteItem, Fault> {
        let write = self.ready()?;
        let put = Put::builder()
            .table_name(&write.table.name)
            .set_item(Some(write.item(item)?))
            .set_condition_expression(write.condition_expression())
            .set_expression_attribute_names(write.placeholders())
            .set_expression_attribute_values(write.bound())
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        Ok(TransactWriteItem::builder().put(put.build().map_err(Fault::broken)?).build())
    }

    /// Changes the item, as a part of a transaction.
    pub(super) fn into_update(self) -> Result<TransactWriteItem, Fault> {
        let write = self.ready()?;
        let update = Update::builder()
            .table_name(&write.table.name)
            .set_key(Some(write.key.attributes()))
            .update_expression(write.update_expression())
            .set_condition_expression(write.condition_expression())
            .set_expression_attribute_names(Some(write.names))
            .set_expression_attribute_values(Some(write.values))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        Ok(TransactWriteItem::builder().update(update.build().map_err(Fault::broken)?).build())
    }

    /// Deletes the item; if a condition fails, nothing happens.
    pub(super) async fn delete(self) -> Result<(), Fault> {
        let write = self.ready()?;
        let request = write
            .table
            .client
            .delete_item()
            .table_name(&write.table.name)
            .set_key(Some(write.key.attributes()))
            .set_condition_expression(write.condition_expression())
            .set_expression_attribute_names(write.placeholders())
            .set_expression_attribute_values(write.bound());
        let mut conflicts = Conflicts::default();
        loop {
            let error = match request.clone().send().await {
                Ok(_) => return Ok(()),
                Err(error) => error,
            };
            match error.as_service_error() {
                Some(DeleteItemError::ConditionalCheckFailedException(_)) => return Ok(()),
                Some(DeleteItemError::TransactionConflictException(_)) => conflicts.wait(error).await?,
                _ => return Err(unavailable(error)),
            }
        }
    }

    /// Only checks the conditions, as a part of a transaction.
    pub(super) fn into_check(self) -> Result<TransactWriteItem, Fault> {
        let write = self.ready()?;
        let check = ConditionCheck::builder()
            .table_name(&write.table.name)
            .set_key(Some(write.key.attributes()))
            .set_condition_expression(write.condition_expression())
            .set_expression_attribute_names(write.placeholders())
            .set_expression_attribute_values(write.bound());
        Ok(TransactWriteItem::builder().condition_check(check.build().map_err(Fault::broken)?).build())
    }

    /// Deletes the item, as a part of a transaction.
    pub(super) fn into_delete(self) -> Result<TransactWriteItem, Fault> {
        let write = self.ready()?;
        let delete = Delete::builder()
            .table_name(&write.table.name)
            .set_key(Some(write.key.attributes()))
            .set_condition_expression(write.condition_expression())
            .set_expression_attribute_names(write.placeholders())
            .set_expression_attribute_values(write.bound());
        Ok(TransactWriteItem::builder().delete(delete.build().map_err(Fault::broken)?).build())
    }

    fn placeholders(&self) -> Option<HashMap<String, String>> {
        (!self.names.is_empty()).then(|| self.names.clone())
    }

    /// The values of the conditions; DynamoDB refuses an empty map.
    fn bound(&self) -> Option<HashMap<String, AttributeValue>> {
        (!self.values.is_empty()).then(|| self.values.clone())
    }

    fn item(&self, item: &impl Serialize) -> Result<Item, Fault> {
        let mut attributes: Item = serde_dynamo::to_item(item).map_err(Fault::broken)?;
        attributes.extend(self.key.attributes());
        Ok(attributes)
    }
}

/// Waits between tries of a write that conflicts with another on the same item: the SDK does not retry those.
#[derive(Default)]
pub(super) struct Conflicts(u32);

impl Conflicts {
    const MOST: u32 = 6;
    const FIRST_WAIT: Duration = Duration::from_millis(20);

    /// Waits a random while, longer each time.
    ///
    /// # Errors
    ///
    /// [`Fault::Unavailable`] when it has been tried often enough.
    pub(super) async fn wait<E, R>(&mut self, error: SdkError<E, R>) -> Result<(), Fault>
    where
        SdkError<E, R>: std::error::Error + Send + Sync + 'static,
    {
        if self.0 == Self::MOST {
            return Err(unavailable(error));
        }
        let longest = Self::FIRST_WAIT * 2u32.pow(self.0);
        self.0 += 1;
        let millis = random::below(u64::try_from(longest.as_millis()).unwrap_or(u64::MAX));
        tokio::time::sleep(Duration::from_millis(millis)).await;
        Ok(())
    }
}
