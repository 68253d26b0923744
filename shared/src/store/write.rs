//! One write to one item: what it sets, on which conditions, and the outcome.

use std::time::Duration;

use serde::Serialize;

use super::table::{ItemKey, Table};
use crate::domain::crypto::random;
use crate::dynamodb::{Change, Changed, Done, Error, Item, Names, Operation, TransactItem, Value, Values};
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
    names: Names,
    values: Values,
    unwritable: Option<Fault>,
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
            names: Names::default(),
            values: Values::default(),
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
            self.names.add(&placeholder, name);
            placeholder
        };
        path.split('.').map(&mut step).collect::<Vec<_>>().join(".")
    }

    fn value(&mut self, value: impl Serialize) -> String {
        let placeholder = format!(":v{}", self.values.len());
        match Value::of(&value) {
            Ok(value) => self.values.add(placeholder.clone(), value),
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

    /// The write as a request: what it changes, or nothing for a put, a deletion and a check.
    fn request(mut self, update_expression: Option<String>) -> Result<Change, Fault> {
        if let Some(fault) = self.unwritable.take() {
            return Err(fault);
        }
        Ok(Change {
            table_name: self.table.name.clone(),
            condition_expression: self.condition_expression(),
            key: Some(self.key.attributes()?),
            update_expression,
            expression_attribute_names: self.names,
            expression_attribute_values: self.values,
            ..Change::default()
        })
    }

    fn update_request(self) -> Result<Change, Fault> {
        let expression = self.update_expression();
        Ok(Change { return_values_on_condition_check_failure: Some(ALL_OLD), ..self.request(Some(expression))? })
    }

    fn put_request(self, item: &impl Serialize) -> Result<Change, Fault> {
        let item = Some(Item::at(&self.key, item)?);
        let returned = Some(ALL_OLD);
        Ok(Change { key: None, item, return_values_on_condition_check_failure: returned, ..self.request(None)? })
    }

    /// Changes the item, and returns it as it is afterwards.
    pub(super) async fn update(self) -> Result<Written, Fault> {
        let table = self.table;
        let request = Change { return_values: Some("ALL_NEW"), ..self.update_request()? };
        let mut conflicts = Conflicts::default();
        loop {
            match table.client.call::<Changed>(Operation::UpdateItem, &request).await {
                Ok(changed) => return Ok(Written::Done(changed.attributes.unwrap_or_default())),
                Err(error) => match refused(error)? {
                    Refused::Condition(item) => return Ok(Written::Refused(item)),
                    Refused::Conflict(error) => conflicts.wait(error).await?,
                },
            }
        }
    }

    /// Puts a whole item.
    pub(super) async fn put(self, item: &impl Serialize) -> Result<Written, Fault> {
        let table = self.table;
        let request = self.put_request(item)?;
        let mut conflicts = Conflicts::default();
        loop {
            match table.client.call::<Done>(Operation::PutItem, &request).await {
                Ok(Done {}) => return Ok(Written::Done(Item::default())),
                Err(error) => match refused(error)? {
                    Refused::Condition(item) => return Ok(Written::Refused(item)),
                    Refused::Conflict(error) => conflicts.wait(error).await?,
                },
            }
        }
    }

    /// Deletes the item; if a condition fails, nothing happens.
    pub(super) async fn delete(self) -> Result<(), Fault> {
        let table = self.table;
        let request = self.request(None)?;
        let mut conflicts = Conflicts::default();
        loop {
            match table.client.call::<Done>(Operation::DeleteItem, &request).await {
                Ok(Done {}) => return Ok(()),
                Err(error) => match refused(error)? {
                    Refused::Condition(_) => return Ok(()),
                    Refused::Conflict(error) => conflicts.wait(error).await?,
                },
            }
        }
    }

    /// Puts a whole item, as a part of a transaction.
    pub(super) fn into_put(self, item: &impl Serialize) -> Result<TransactItem, Fault> {
        self.put_request(item).map(TransactItem::Put)
    }

    /// Changes the item, as a part of a transaction.
    pub(super) fn into_update(self) -> Result<TransactItem, Fault> {
        self.update_request().map(TransactItem::Update)
    }

    /// Only checks the conditions, as a part of a transaction.
    pub(super) fn into_check(self) -> Result<TransactItem, Fault> {
        self.request(None).map(TransactItem::ConditionCheck)
    }

    /// Deletes the item, as a part of a transaction.
    pub(super) fn into_delete(self) -> Result<TransactItem, Fault> {
        self.request(None).map(TransactItem::Delete)
    }
}

const ALL_OLD: &str = "ALL_OLD";

/// Why a write of one item was refused.
enum Refused {
    /// A condition failed, of this item, if it exists.
    Condition(Option<Item>),
    /// Another transaction uses the item at this moment.
    Conflict(Error),
}

fn refused(error: Error) -> Result<Refused, Fault> {
    match error {
        Error::Refused(refusal) if refusal.code() == "ConditionalCheckFailedException" => {
            Ok(Refused::Condition(refusal.item))
        }
        error if error.code() == Some("TransactionConflictException") => Ok(Refused::Conflict(error)),
        error => Err(error.into()),
    }
}

/// Waits between tries of a write that conflicts with another on the same item: the client does not repeat those.
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
    pub(super) async fn wait(&mut self, error: Error) -> Result<(), Fault> {
        if self.0 == Self::MOST {
            return Err(error.into());
        }
        let longest = Self::FIRST_WAIT * 2u32.pow(self.0);
        self.0 += 1;
        let millis = random::below(u64::try_from(longest.as_millis()).unwrap_or(u64::MAX));
        tokio::time::sleep(Duration::from_millis(millis)).await;
        Ok(())
    }
}
