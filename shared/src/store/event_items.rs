//! The items of `Events`, and where they are.
//!
//! An account's counter has a partition of its own, and so has each block of its events: what an account may add in a second is
//! what DynamoDB lets the counter change, and no event has to share that.

use serde::{Deserialize, Serialize};

use super::table::ItemKey;
use crate::domain::client::id::ClientId;
use crate::domain::event::idempotency::Fingerprint;
use crate::domain::event::{Event, EventData, EventId, EventType, PlacedEvent, Sequence};
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::UserId;
use crate::domain::user::account::AccountId;

/// The prefix of the sort key of an event.
pub(super) const EVENT: &str = "event#";
/// How many numbers a block has: a page of a list is in two.
const BLOCK: u64 = 100;

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
    pub(super) sequence: Sequence,
    #[serde(flatten, with = "EventItem")]
    pub(super) event: Event,
    pub(super) expires_at: Timestamp,
}

/// A number that has no event, as the request that took it found out.
#[derive(Serialize, Deserialize)]
pub(super) struct UnusedNumber {
    pub(super) unused: bool,
    pub(super) created_at: Timestamp,
    pub(super) expires_at: Timestamp,
}

/// The outcome of a request with an idempotency key.
#[derive(Serialize, Deserialize)]
pub(super) struct IdempotencyItem {
    pub(super) request: Fingerprint,
    pub(super) sequence: Sequence,
    pub(super) expires_at: Timestamp,
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

impl From<StoredEvent> for PlacedEvent {
    fn from(stored: StoredEvent) -> Self {
        Self { sequence: stored.sequence, event: stored.event }
    }
}

/// The partition of an account's counter.
pub(super) fn account_partition(account: AccountId) -> String {
    format!("account#{account}")
}

/// The key of an account's counter. It stays for as long as the account: readers would skip a number that is used again.
pub(super) fn counter_key(account: AccountId) -> ItemKey {
    ItemKey::new(account_partition(account), "counter")
}

/// The number of the block that has this event, and the last number in it.
pub(super) const fn block_of(sequence: Sequence) -> (u64, Sequence) {
    sequence.block(BLOCK)
}

/// The first number of a block.
pub(super) const fn first_of_block(block: u64) -> Sequence {
    Sequence::first_of_block(block, BLOCK)
}

/// The partition of a block of an account's events.
pub(super) fn block_partition(account: AccountId, block: u64) -> String {
    format!("events#{account}#{block}")
}

fn event_sort(sequence: Sequence) -> String {
    // As strings, numbers of one length sort in their own order.
    format!("{EVENT}{:0>20}", sequence.to_string())
}

/// The key of an event.
pub(super) fn event_key(account: AccountId, sequence: Sequence) -> ItemKey {
    ItemKey::new(block_partition(account, block_of(sequence).0), event_sort(sequence))
}

/// The key of an event that was stored before there were blocks.
pub(super) fn earlier_event_key(account: AccountId, sequence: Sequence) -> ItemKey {
    ItemKey::new(account_partition(account), event_sort(sequence))
}

/// The number of the event with this key.
pub(super) fn number_of(key: &ItemKey) -> Option<Sequence> {
    Sequence::parse(key.sk.strip_prefix(EVENT)?)
}

/// The partitions of an account's idempotency keys: so many that they take what the counter takes.
pub(super) fn idempotency_partitions(account: AccountId) -> [String; 4] {
    [0, 1, 2, 3].map(|shard| idempotency_partition(account, shard))
}

fn idempotency_partition(account: AccountId, shard: u8) -> String {
    format!("idempotency#{account}#{shard}")
}

/// The key of a request with an idempotency key.
pub(super) fn idempotency_key(account: AccountId, key: &Fingerprint) -> ItemKey {
    let shard = key.as_str().bytes().next().unwrap_or_default() % 4;
    ItemKey::new(idempotency_partition(account, shard), idempotency_sort(key))
}

/// The key of such a request that came before there were blocks. One day after an update there is none any more.
pub(super) fn earlier_idempotency_key(account: AccountId, key: &Fingerprint) -> ItemKey {
    ItemKey::new(account_partition(account), idempotency_sort(key))
}

fn idempotency_sort(key: &Fingerprint) -> String {
    format!("idempotency#{}", key.as_str())
}
