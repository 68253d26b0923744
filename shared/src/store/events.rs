//! `Events`: each account's events, in its own partition, in the order of their numbers.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_recursion::async_recursion as boxed;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::list::values;
use super::stream::records;
use super::table::{ItemKey, Table};
use super::transaction::{Committed, Transaction};
use super::write::Write;
use crate::domain::client::id::ClientId;
use crate::domain::crypto::random;
use crate::domain::event::idempotency::{Fingerprint, Idempotency};
use crate::domain::event::{Event, EventData, EventId, EventType, PlacedEvent, Sequence};
use crate::domain::quota::{DailyQuota, EventsOfDay, Quotas};
use crate::domain::types::id::WriteId;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::UserId;
use crate::domain::user::account::AccountId;
use crate::dynamodb::{Item, Query, Value};
use crate::fault::Fault;

/// The table `Events`.
pub struct Events {
    pub(super) table: Table,
    /// How long new events are stored; those that are stored already keep their expiry.
    pub(super) retention: Duration,
    pub(super) last: LastPlaces,
}

/// The form of an event in the table.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Event")]
struct EventItem {
    id: EventId,
    account_id: AccountId,
    user_id: UserId,
    kind: EventType,
    #[serde(with = "json_text")]
    data: EventData,
    occurred_at: Timestamp,
    created_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client_id: Option<ClientId>,
}

/// An event as the table stores it, with DynamoDB's time to live.
#[derive(Serialize, Deserialize)]
pub(super) struct StoredEvent {
    sequence: Sequence,
    #[serde(flatten, with = "EventItem")]
    event: Event,
    expires_at: Timestamp,
}

/// The last sequence number of an account's events, and what it added in its last day.
#[derive(Clone, Copy, Deserialize)]
pub(super) struct Counter {
    sequence: Sequence,
    #[serde(default, flatten)]
    of_day: EventsOfDay,
}

impl Counter {
    const START: Self =
        Self { sequence: Sequence::START, of_day: EventsOfDay { day: 0, events_of_day: 0, bytes_of_day: 0 } };
}

/// The outcome of a request with an idempotency key.
#[derive(Serialize, Deserialize)]
pub(super) struct IdempotencyItem {
    request: Fingerprint,
    sequence: Sequence,
    expires_at: Timestamp,
}

/// Data is stored as its JSON text: as an attribute, DynamoDB would refuse numbers beyond its own and round long ones.
mod json_text {
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::domain::event::EventData;

    pub(super) fn serialize<S: Serializer>(data: &EventData, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&data.text())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<EventData, D::Error> {
        let text = String::deserialize(deserializer)?;
        serde_json::from_str(&text).map_err(D::Error::custom)
    }
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

/// Why an event has no place yet.
enum NotPlaced<'i> {
    /// A request with this idempotency key came before.
    KeyKnown(&'i Idempotency),
    /// Another event has the place.
    PlaceTaken,
}

/// A page of events.
#[derive(Debug, Default)]
pub struct EventPage {
    /// The events.
    pub events: Vec<PlacedEvent>,
    /// Where the next page begins, if there may be one.
    pub next: Option<Sequence>,
}

/// Remembers the counter of each account's events, so that the first try for the next one is mostly right.
///
/// Never trusted: the transaction checks it, and returns the right one if it is wrong.
#[derive(Default)]
pub(super) struct LastPlaces(Mutex<HashMap<AccountId, Counter>>);

impl LastPlaces {
    const MOST: usize = 1_000;

    fn recall(&self, account: AccountId) -> Counter {
        let places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        places.get(&account).copied().unwrap_or(Counter::START)
    }

    fn remember(&self, account: AccountId, last: Counter) {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if places.len() >= Self::MOST {
            places.clear();
        }
        places.insert(account, last);
    }
}

fn partition(account: AccountId) -> String {
    format!("account#{account}")
}

/// The key of an account's counter. It stays for as long as the account: readers would skip a number that is used
/// again.
fn counter_key(account: AccountId) -> ItemKey {
    ItemKey::new(partition(account), "counter")
}

pub(super) fn event_key(account: AccountId, sequence: Sequence) -> ItemKey {
    // As strings, numbers of one length sort in their own order.
    ItemKey::new(partition(account), format!("{EVENT}{:0>20}", sequence.to_string()))
}

fn idempotency_key(account: AccountId, key: &Fingerprint) -> ItemKey {
    ItemKey::new(partition(account), format!("idempotency#{}", key.as_str()))
}

/// The prefix of the sort key of an event.
const EVENT: &str = "event#";

impl Events {
    /// How often a place is tried for. Thirty-two requests at once need a dozen tries each at worst.
    const TRIES: u32 = 40;
    const FIRST_WAIT: Duration = Duration::from_millis(20);
    const LONGEST_WAIT: Duration = Duration::from_millis(320);
    /// How many pages without an event to show are read for one that has some.
    const PAGES: usize = 10;

    /// Gives an event its place after all others of the account, and stores it, in one transaction, if the account may
    /// add it in this day. Without quotas, as for the events that this server records itself, it is not counted.
    ///
    /// What was added is counted where the places are, and is as exact as they are: the count of a place that another
    /// event has is not written, and one that is remembered is never higher than the true one of the day.
    ///
    /// Place and event are written together, so no event ever appears before one that a reader has seen. Repeated, each
    /// try is recognised by its token, and a try is followed by another only when it is known to have done nothing;
    /// raced, one gets the place, and the refusal returns to the others where to continue.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written, or too many race. After a fault, only a request with an idempotency key
    /// can be sent again without a risk of two events.
    #[boxed]
    pub async fn add(
        &self,
        event: Event,
        once: Option<&Idempotency>,
        quotas: Option<Quotas>,
    ) -> Result<EventAdded, Fault> {
        let account = event.account_id;
        let bytes = u64::try_from(event.data.text().len()).unwrap_or(u64::MAX);
        let mut last = self.last.recall(account);
        for attempt in 0..Self::TRIES {
            let of_day = if quotas.is_some() { last.of_day.with(bytes, event.created_at) } else { last.of_day };
            let next = Counter { sequence: last.sequence.next(), of_day };
            if let Some(quota) = quotas.and_then(|quotas| next.of_day.exceeded(quotas)) {
                return self.refuse(account, once, quota, event.created_at).await;
            }
            let placed = PlacedEvent { sequence: next.sequence, event: event.clone() };
            last = match self.placing(&placed, last, next, once)?.run(&self.table.client).await? {
                Committed::Done => {
                    self.last.remember(account, next);
                    return Ok(EventAdded::Done(Box::new(placed)));
                }
                Committed::Refused { outcome: NotPlaced::KeyKnown(once), item } => {
                    return self.repeat(account, once, item).await;
                }
                Committed::Refused { outcome: NotPlaced::PlaceTaken, item } => self.counted(account, item)?,
            };
            self.last.remember(account, last);
            // What a refusal returns is fresh, so it is tried at once; a request that loses again lets others go first.
            if attempt % 2 == 1 {
                let longest = Self::LONGEST_WAIT.min(Self::FIRST_WAIT.saturating_mul(2u32.saturating_pow(attempt / 2)));
                let millis = random::below(u64::try_from(longest.as_millis()).unwrap_or(u64::MAX));
                tokio::time::sleep(Duration::from_millis(millis)).await;
            }
        }
        Err(Fault::unavailable("too many events of one account come at once"))
    }

    /// The new events in an event of the table's stream, in their order.
    pub fn added(event: &Json) -> Vec<StreamedEvent> {
        let records = records(event).unwrap_or_default().into_iter().filter(|record| record.key.sk.starts_with(EVENT));
        let read = |image: Item| image.read::<StoredEvent>().ok().map(PlacedEvent::from);
        records.map(|record| StreamedEvent { number: record.number, event: record.new.and_then(read) }).collect()
    }

    /// The counter of an account's events, as a refusal returned it.
    fn counted(&self, account: AccountId, found: Option<Item>) -> Result<Counter, Fault> {
        let Some(item) = found else { return Ok(Counter::START) };
        self.table.read(&counter_key(account), &item)
    }

    /// Refuses an event of a full day, unless the same request added it before.
    async fn refuse(
        &self,
        account: AccountId,
        once: Option<&Idempotency>,
        quota: DailyQuota,
        now: Timestamp,
    ) -> Result<EventAdded, Fault> {
        let Some(once) = once else { return Ok(EventAdded::QuotaReached(quota)) };
        let earlier: Option<IdempotencyItem> = self.table.get(&idempotency_key(account, &once.key)).await?;
        match earlier.filter(|earlier| now < earlier.expires_at) {
            Some(earlier) => self.repeated(account, once, earlier).await,
            None => Ok(EventAdded::QuotaReached(quota)),
        }
    }

    /// The earlier outcome of a request with an idempotency key.
    async fn repeat(&self, account: AccountId, once: &Idempotency, found: Option<Item>) -> Result<EventAdded, Fault> {
        let key = idempotency_key(account, &once.key);
        let found: Option<IdempotencyItem> = found.map(|item| self.table.read(&key, &item)).transpose()?;
        let Some(earlier) = found else { return Err(Fault::unavailable("an idempotency key was taken and is gone")) };
        self.repeated(account, once, earlier).await
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
        let event: Option<StoredEvent> = self.table.get(&event_key(account, earlier.sequence)).await?;
        let event = event.ok_or_else(|| Fault::broken("the event of an idempotency key is gone"))?;
        Ok(EventAdded::Repeated(Box::new(event.into())))
    }

    /// The transaction that places an event after `last`, which makes the counter `next`. If there is an idempotency
    /// key, the write that claims it is the first, so that its refusal is the one that counts.
    fn placing<'i>(
        &self,
        placed: &PlacedEvent,
        last: Counter,
        next: Counter,
        once: Option<&'i Idempotency>,
    ) -> Result<Transaction<NotPlaced<'i>>, Fault> {
        let (table, account, now) = (&self.table, placed.event.account_id, placed.event.created_at);
        let mut transaction = Transaction::new(WriteId::generate(now));
        if let Some(once) = once {
            let item = IdempotencyItem {
                request: once.request.clone(),
                sequence: placed.sequence,
                expires_at: now.after(Idempotency::REMEMBERED),
            };
            // DynamoDB deletes late: an expired key is free.
            let claim = Write::to(table, idempotency_key(account, &once.key)).if_new_or_at_most("expires_at", now);
            transaction.add(claim.into_put(&item)?, NotPlaced::KeyKnown(once));
        }
        let count = Write::to(table, counter_key(account))
            .set("sequence", next.sequence)
            .set("day", next.of_day.day)
            .set("events_of_day", next.of_day.events_of_day)
            .set("bytes_of_day", next.of_day.bytes_of_day);
        let is_first = last.sequence == Sequence::START;
        let count = if is_first { count.if_new() } else { count.if_equal("sequence", last.sequence) };
        transaction.add(count.into_update()?, NotPlaced::PlaceTaken);
        let put = Write::to(table, event_key(account, placed.sequence)).if_new();
        let item = StoredEvent::new(placed, now.after(self.retention));
        transaction.add_certain(put.into_put(&item)?, "there is an event already after an account's last");
        Ok(transaction)
    }

    /// Lists the events of an account after `after`, oldest first: up to `limit`, of one type if one is given. Expired
    /// ones are left out, deleted or not.
    ///
    /// One query, and up to nine more while none of the events that it read is to be shown. A page ends where a query
    /// ends, which reads 1 MB at most: it may be short, or even empty, and another page may follow.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be read.
    #[boxed]
    pub async fn list(
        &self,
        account: AccountId,
        after: Sequence,
        kind: Option<&EventType>,
        limit: usize,
        now: Timestamp,
    ) -> Result<EventPage, Fault> {
        let mut page = EventPage { events: Vec::new(), next: Some(after) };
        for _ in 0..Self::PAGES {
            let Some(after) = page.next.filter(|_| page.events.is_empty()) else { break };
            page = self.page(account, after, kind, limit, now).await?;
        }
        Ok(page)
    }

    async fn page(
        &self,
        account: AccountId,
        after: Sequence,
        kind: Option<&EventType>,
        limit: usize,
        now: Timestamp,
    ) -> Result<EventPage, Fault> {
        let ItemKey { pk, sk: first } = event_key(account, after.next());
        let last = event_key(account, Sequence::END).sk;
        let mut values = values(&[(":pk", &pk), (":first", &first), (":last", &last)])?;
        values.add(":now", Value::of(&now)?);
        if let Some(kind) = kind {
            values.add(":kind", Value::of(kind.as_str())?);
        }
        let filter = if kind.is_some() { "expires_at > :now AND kind = :kind" } else { "expires_at > :now" };
        let query = self.table.query("pk = :pk AND sk BETWEEN :first AND :last", values);
        let query = Query { filter_expression: Some(filter), limit: Some(limit), ..query };
        let page = self.table.page::<StoredEvent>(&query).await?;
        let events = page.items.into_iter().map(PlacedEvent::from).collect();
        Ok(EventPage { events, next: page.next.as_ref().and_then(place) })
    }
}

/// The place of the event with this key.
fn place(key: &Item) -> Option<Sequence> {
    ItemKey::of(key).and_then(|key| Sequence::parse(key.sk.strip_prefix(EVENT)?))
}

impl StoredEvent {
    fn new(placed: &PlacedEvent, expires_at: Timestamp) -> Self {
        Self { sequence: placed.sequence, event: placed.event.clone(), expires_at }
    }
}

impl From<StoredEvent> for PlacedEvent {
    fn from(stored: StoredEvent) -> Self {
        Self { sequence: stored.sequence, event: stored.event }
    }
}
