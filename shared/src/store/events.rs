//! `Events`: each account's events, in the order of their numbers.
//!
//! A number is taken first, by one write of the account's counter, and then the event is stored under it, in the partition of its
//! block. Reading them is in `event_pages.rs`.

use std::time::Duration;

use async_recursion::async_recursion as boxed;
use serde_json::Value as Json;

use super::batch::Batch;
use super::event_items::{
    EVENT, IdempotencyItem, StoredEvent, UnusedNumber, counter_key, earlier_event_key, earlier_idempotency_key,
    event_key, idempotency_key,
};
use super::stream::records;
use super::table::Table;
use super::transaction::{Committed, Transaction};
use super::write::{Write, Written};
use crate::domain::event::counter::Counter;
use crate::domain::event::idempotency::Idempotency;
use crate::domain::event::{Event, PlacedEvent, Sequence};
use crate::domain::quota::{DailyQuota, EventsOfDay, Quotas};
use crate::domain::types::id::WriteId;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::account::AccountId;
use crate::dynamodb::Item;
use crate::fault::Fault;

/// The table `Events`.
pub struct Events {
    pub(super) table: Table,
    /// How long new events are stored; those that are stored already keep their expiry.
    pub(super) retention: Duration,
}

/// The outcome of adding an event.
#[derive(Debug)]
pub enum EventAdded {
    /// It was added at this place.
    Done(Box<PlacedEvent>),
    /// The same request was processed before, with this event.
    Repeated(Box<PlacedEvent>),
    /// Another request was sent with this idempotency key.
    KeyReused,
    /// The account added as much in this day as it may.
    QuotaReached(DailyQuota),
}

/// An event of the table's stream.
#[derive(Debug)]
pub struct StreamedEvent {
    /// The number of its record in the stream.
    pub number: String,
    /// The event; none if this version cannot read it.
    pub event: Option<PlacedEvent>,
}

/// What an event counts for in its account's day.
struct Counted {
    bytes: u64,
    quotas: Quotas,
}

impl Events {
    /// How often a number is tried for. The first try fails if it is the first of a day or the quota is reached, and another one
    /// only if other requests began the day in between.
    const TRIES: u32 = 4;

    /// Takes the account's next number, if it may add the event in this day, and stores the event under it. Without quotas, as for
    /// the events that this server records itself, it is not counted.
    ///
    /// Two writes; with an idempotency key also a read. Raced, each event has its own number. Repeated, because an answer was
    /// lost, the first write takes one number more, which stays without an event; the second finds its own event, or its own
    /// transaction. Lost in between, the number stays without an event, too: readers wait for it for a minute.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written. After a fault, only a request with an idempotency key can be sent again without
    /// a risk of two events.
    #[boxed]
    pub async fn add(
        &self,
        event: Event,
        once: Option<&Idempotency>,
        quotas: Option<Quotas>,
    ) -> Result<EventAdded, Fault> {
        let (account, now) = (event.account_id, event.created_at);
        if let Some(once) = once
            && let Some(earlier) = self.claimed(account, once, now).await?
        {
            return self.repeated(account, once, earlier).await;
        }
        let bytes = u64::try_from(event.data.text().len()).unwrap_or(u64::MAX);
        let counted = quotas.map(|quotas| Counted { bytes, quotas });
        let sequence = match self.take_number(account, counted, now).await? {
            Ok(sequence) => sequence,
            Err(quota) => return Ok(EventAdded::QuotaReached(quota)),
        };
        let placed = PlacedEvent { sequence, event };
        match once {
            None => self.store(placed).await,
            Some(once) => self.store_once(placed, once).await,
        }
    }

    /// The new events in an event of the table's stream, in their order.
    pub fn added(event: &Json) -> Vec<StreamedEvent> {
        let records = records(event).unwrap_or_default().into_iter().filter(|record| record.key.sk.starts_with(EVENT));
        let events = records.filter_map(|record| {
            let read = |image: Item| image.read::<StoredEvent>().ok().map(PlacedEvent::from);
            let is_unused = record.new.as_ref().is_some_and(|image| image.read::<UnusedNumber>().is_ok());
            (!is_unused).then(|| StreamedEvent { number: record.number, event: record.new.and_then(read) })
        });
        events.collect()
    }

    /// An event by its number.
    async fn find(&self, account: AccountId, sequence: Sequence) -> Result<Option<PlacedEvent>, Fault> {
        for key in [event_key(account, sequence), earlier_event_key(account, sequence)] {
            if let Some(stored) = self.table.get::<StoredEvent>(&key).await? {
                return Ok(Some(stored.into()));
            }
        }
        Ok(None)
    }

    /// The outcome of an earlier request with this idempotency key. DynamoDB deletes late: an expired one is none.
    async fn claimed(
        &self,
        account: AccountId,
        once: &Idempotency,
        now: Timestamp,
    ) -> Result<Option<IdempotencyItem>, Fault> {
        let keys = [idempotency_key(account, &once.key), earlier_idempotency_key(account, &once.key)];
        let batch = Batch::read(&self.table.client, &keys.clone().map(|key| (&self.table, key))).await?;
        for key in &keys {
            let found: Option<IdempotencyItem> = batch.find(&self.table, Some(key))?;
            if let Some(earlier) = found.filter(|earlier| now < earlier.expires_at) {
                return Ok(Some(earlier));
            }
        }
        Ok(None)
    }

    async fn repeated(
        &self,
        account: AccountId,
        once: &Idempotency,
        earlier: IdempotencyItem,
    ) -> Result<EventAdded, Fault> {
        if earlier.request != once.request {
            return Ok(EventAdded::KeyReused);
        }
        let event = self.find(account, earlier.sequence).await?;
        let event = event.ok_or_else(|| Fault::broken("the event of an idempotency key is gone"))?;
        Ok(EventAdded::Repeated(Box::new(event)))
    }

    /// Takes the next number of an account, if it may add this in its day.
    ///
    /// The count is in the same write as the number, so it is exact, and no request is refused that was not over it. The first one of
    /// a day begins its count, on condition that no other did.
    async fn take_number(
        &self,
        account: AccountId,
        counted: Option<Counted>,
        now: Timestamp,
    ) -> Result<Result<Sequence, DailyQuota>, Fault> {
        let (key, today) = (counter_key(account), EventsOfDay::none_at(now));
        let first = counted.as_ref().map_or(today, |counted| today.with(counted.bytes));
        if let Some(quota) = counted.as_ref().and_then(|counted| first.exceeded(counted.quotas)) {
            return Ok(Err(quota));
        }
        for _ in 0..Self::TRIES {
            let next = Write::to(&self.table, key.clone()).add("sequence", 1).if_greater("day", today.day - 1);
            let next = match &counted {
                None => next,
                Some(Counted { bytes, quotas }) => next
                    .add("events_of_day", 1)
                    .add("bytes_of_day", bytes)
                    .if_at_most("events_of_day", quotas.events_a_day.saturating_sub(1))
                    .if_at_most("bytes_of_day", quotas.event_bytes_a_day.saturating_sub(*bytes)),
            };
            let found = match next.update().await? {
                Written::Done(item) => return self.table.read::<Counter>(&key, &item).map(|taken| Ok(taken.sequence)),
                Written::Refused(item) => item.map(|item| self.table.read::<Counter>(&key, &item)).transpose()?,
            };
            let counter = found.unwrap_or_default();
            if counter.of_day.day >= today.day {
                let of_day = counter.of_day;
                match counted.as_ref().and_then(|counted| of_day.with(counted.bytes).exceeded(counted.quotas)) {
                    Some(quota) => return Ok(Err(quota)),
                    None => continue,
                }
            }
            let begin = Write::to(&self.table, key.clone())
                .add("sequence", 1)
                .set("day", first.day)
                .set("events_of_day", first.events_of_day)
                .set("bytes_of_day", first.bytes_of_day)
                .set("marks", counter.marks_of_new_day(now, self.retention))
                .if_absent_or_at_most("day", counter.of_day.day);
            if let Written::Done(item) = begin.update().await? {
                return self.table.read::<Counter>(&key, &item).map(|taken| Ok(taken.sequence));
            }
        }
        Err(Fault::unavailable("the counter of an account's events changes faster than it can be read"))
    }

    /// Stores an event under its number. Repeated, it finds itself.
    async fn store(&self, placed: PlacedEvent) -> Result<EventAdded, Fault> {
        let key = event_key(placed.event.account_id, placed.sequence);
        let put = Write::to(&self.table, key.clone()).if_new().put(&self.stored(&placed)).await?;
        if let Written::Refused(found) = put {
            let found: Option<StoredEvent> = found.map(|item| self.table.read(&key, &item)).transpose()?;
            if found.is_none_or(|found| found.event.id != placed.event.id) {
                return Err(Fault::broken(NUMBER_TAKEN));
            }
        }
        Ok(EventAdded::Done(Box::new(placed)))
    }

    /// Stores an event under its number and claims its idempotency key, in one transaction. The number of a request that lost the
    /// key to another is marked as unused, so that readers do not wait for it.
    async fn store_once(&self, placed: PlacedEvent, once: &Idempotency) -> Result<EventAdded, Fault> {
        let (account, now) = (placed.event.account_id, placed.event.created_at);
        let key = idempotency_key(account, &once.key);
        let item = IdempotencyItem {
            request: once.request.clone(),
            sequence: placed.sequence,
            expires_at: now.after(Idempotency::REMEMBERED),
        };
        let claim = Write::to(&self.table, key.clone()).if_new_or_at_most("expires_at", now);
        let put = Write::to(&self.table, event_key(account, placed.sequence)).if_new();
        let mut transaction = Transaction::new(WriteId::generate(now));
        transaction.add(claim.into_put(&item)?, ());
        transaction.add_certain(put.into_put(&self.stored(&placed))?, NUMBER_TAKEN);
        let found = match transaction.run(&self.table.client).await? {
            Committed::Done => return Ok(EventAdded::Done(Box::new(placed))),
            Committed::Refused { item, .. } => item,
        };
        self.leave_unused(&placed).await?;
        let found: Option<IdempotencyItem> = found.map(|item| self.table.read(&key, &item)).transpose()?;
        let Some(earlier) = found else { return Err(Fault::unavailable("an idempotency key was taken and is gone")) };
        self.repeated(account, once, earlier).await
    }

    /// Marks a number as unused. Repeated, it does nothing; lost, readers wait for the number for a minute.
    async fn leave_unused(&self, placed: &PlacedEvent) -> Result<(), Fault> {
        let created_at = placed.event.created_at;
        let unused = UnusedNumber { unused: true, created_at, expires_at: created_at.after(self.retention) };
        let write = Write::to(&self.table, event_key(placed.event.account_id, placed.sequence)).if_new();
        write.put(&unused).await.map(|_: Written| ())
    }

    fn stored(&self, placed: &PlacedEvent) -> StoredEvent {
        let expires_at = placed.event.created_at.after(self.retention);
        StoredEvent { sequence: placed.sequence, event: placed.event.clone(), expires_at }
    }
}

const NUMBER_TAKEN: &str = "there is an event already under a number that was just taken";
