//! Reading an account's events in the order of their numbers.

use std::collections::HashMap;

use async_recursion::async_recursion as boxed;
use serde::Deserialize;

use super::event_items::{
    StoredEvent, account_partition, block_of, block_partition, counter_key, earlier_event_key, event_key, number_of,
};
use super::events::Events;
use super::list::values;
use super::table::ItemKey;
use crate::domain::event::counter::{Counter, is_settled_by};
use crate::domain::event::{EventType, PlacedEvent, Sequence};
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::account::AccountId;
use crate::dynamodb::{Item, Query};
use crate::fault::Fault;

/// A page of events.
#[derive(Debug, Default)]
pub struct EventPage {
    /// The events.
    pub events: Vec<PlacedEvent>,
    /// Where the next page begins, if there may be one.
    pub next: Option<Sequence>,
}

/// Which events to list.
#[derive(Clone, Debug)]
pub struct EventQuery {
    /// The events after this one.
    pub after: Sequence,
    /// Only those of this type.
    pub kind: Option<EventType>,
    /// At most so many.
    pub limit: usize,
}

/// A number that has an item: an event, an event that this version cannot read, or nothing.
struct Place {
    number: Sequence,
    created_at: Timestamp,
    event: Option<StoredEvent>,
}

/// What every form of an item under a number has.
#[derive(Deserialize)]
struct Numbered {
    #[serde(default)]
    created_at: Option<Timestamp>,
    #[serde(default)]
    unused: bool,
}

/// A list that is being read.
struct Reading {
    query: EventQuery,
    now: Timestamp,
    events: Vec<PlacedEvent>,
    /// Up to here it is decided what is in the list.
    decided: Sequence,
    /// Up to here the table was read.
    read: Sequence,
    /// Whether a number has no event yet that may still come.
    is_waiting: bool,
}

impl Events {
    /// How many queries are made for one page.
    const QUERIES: usize = 10;
    /// From so many bytes of data on, a page ends with its query, which adds 1 MB at most.
    const LARGE: usize = 256 * 1024;

    /// Lists the events of an account, oldest first. Expired ones are left out, deleted or not.
    ///
    /// A number whose event is missing ends the list until a later event is a minute old, so that none is passed over which is being
    /// written. One read of the counter and one query for each block of a hundred numbers that the page is in, ten at most; no query
    /// if there is nothing new. A page may be short, or even empty, and another page may follow.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be read.
    #[boxed]
    pub async fn list(&self, account: AccountId, query: EventQuery, now: Timestamp) -> Result<EventPage, Fault> {
        let counter: Counter = self.table.get(&counter_key(account)).await?.unwrap_or_default();
        let last = counter.sequence;
        let begin = query.after.max(counter.gone(now));
        let mut reading = Reading { query, now, events: Vec::new(), decided: begin, read: begin, is_waiting: false };
        let mut has_earlier = true;
        for _ in 0..Self::QUERIES {
            if reading.read >= last || reading.is_over() {
                break;
            }
            let most = reading.most();
            let (mut places, mut through) = self.block(account, reading.read, last, most).await?;
            if has_earlier && through.since(reading.read) > u64::try_from(places.len()).unwrap_or(u64::MAX) {
                let (earlier, all_through) = self.before_blocks(account, reading.read).await?;
                has_earlier = !earlier.is_empty();
                through = through.min(all_through);
                places.extend(earlier);
                places.retain(|place| place.number <= through);
                places.sort_by_key(|place| place.number);
            }
            reading.take(places, through);
        }
        Ok(reading.page(last, &counter))
    }

    /// Up to `most` places of the block that follows a number, and the number through which they are all.
    async fn block(
        &self,
        account: AccountId,
        read: Sequence,
        last: Sequence,
        most: Option<usize>,
    ) -> Result<(Vec<Place>, Sequence), Fault> {
        let (block, end) = block_of(read.next());
        let end = end.min(last);
        let (first, through) = (event_key(account, read.next()).sk, event_key(account, end).sk);
        let (places, is_all) = self.places(&block_partition(account, block), &first, &through, most).await?;
        let through = if is_all { end } else { places.last().map_or(read, |place| place.number) };
        Ok((places, through))
    }

    /// The next places after a number of those that were stored before there were blocks, in the account's own partition, and the
    /// number through which they are all.
    async fn before_blocks(&self, account: AccountId, read: Sequence) -> Result<(Vec<Place>, Sequence), Fault> {
        let first = earlier_event_key(account, read.next()).sk;
        let last = earlier_event_key(account, Sequence::END).sk;
        let (places, is_all) = self.places(&account_partition(account), &first, &last, Some(100)).await?;
        let through = if is_all { Sequence::END } else { places.last().map_or(read, |place| place.number) };
        Ok((places, through))
    }

    /// The places of a partition between two sort keys, and whether these are all.
    async fn places(
        &self,
        partition: &str,
        first: &str,
        last: &str,
        most: Option<usize>,
    ) -> Result<(Vec<Place>, bool), Fault> {
        let values = values(&[(":pk", &partition), (":first", &first), (":last", &last)])?;
        let query = self.table.query("pk = :pk AND sk BETWEEN :first AND :last", values);
        let page = self.table.page_as_stored(&Query { limit: most, ..query }).await?;
        let numbered = |item: &Item| item.read::<Numbered>().ok();
        let is_used = |item: &&Item| numbered(item).is_none_or(|numbered| !numbered.unused);
        let events: Vec<StoredEvent> = self.table.read_known(page.items.iter().filter(is_used));
        let mut events: HashMap<Sequence, StoredEvent> =
            events.into_iter().map(|event| (event.sequence, event)).collect();
        let places = page.items.iter().filter_map(|item| {
            let number = number_of(&ItemKey::of(item)?)?;
            let created_at = numbered(item).and_then(|numbered| numbered.created_at);
            let created_at = created_at.unwrap_or(Timestamp::from_seconds(0));
            Some(Place { number, created_at, event: events.remove(&number) })
        });
        Ok((places.collect(), page.next.is_none()))
    }
}

impl Reading {
    fn is_full(&self) -> bool {
        self.events.len() >= self.query.limit
    }

    fn is_over(&self) -> bool {
        let size = || self.events.iter().map(|placed| placed.event.data.text().len()).sum::<usize>();
        self.is_waiting || self.is_full() || size() >= Events::LARGE
    }

    /// How many places to read: those of one type may be any of a block.
    fn most(&self) -> Option<usize> {
        self.query.kind.is_none().then_some(self.query.limit - self.events.len())
    }

    /// Takes what was read from `self.read` through a number.
    fn take(&mut self, places: Vec<Place>, through: Sequence) {
        for Place { number, created_at, event } in places {
            if number > self.decided.next() && !is_settled_by(created_at, self.now) {
                self.is_waiting = true;
                return;
            }
            self.decided = number;
            let is_asked = |event: &StoredEvent| {
                event.expires_at > self.now && self.query.kind.as_ref().is_none_or(|kind| event.event.kind == *kind)
            };
            self.events.extend(event.filter(is_asked).map(PlacedEvent::from));
            if self.is_full() {
                return;
            }
        }
        self.read = through;
    }

    fn page(self, last: Sequence, counter: &Counter) -> EventPage {
        // Numbers without events behind the last place are settled if they were given away before a day began.
        let decided = self.decided.max(counter.settled(self.now).min(self.read));
        let may_follow = !self.is_waiting && decided < last && (self.is_full() || self.read < last);
        let progressed = decided > self.query.after;
        EventPage { events: self.events, next: Some(decided).filter(|_| may_follow && progressed) }
    }
}
