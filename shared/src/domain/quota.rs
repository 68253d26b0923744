//! Quotas: what an account may have, and what it may add in a day.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::types::timestamp::Timestamp;

/// The seconds of a day.
const DAY: i64 = 86_400;

/// What an account may have, as the operator set it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quotas {
    /// Apps that are not revoked.
    pub apps: u32,
    /// Contacts.
    pub contacts: u32,
    /// User keys.
    pub keys: u32,
    /// Events in a day (UTC).
    pub events_a_day: u32,
    /// Bytes of the data of events in a day (UTC).
    pub event_bytes_a_day: u64,
}

impl Quotas {
    /// This many percent of the quotas, and at least one of each.
    #[must_use]
    pub fn percent(self, percent: u32) -> Self {
        let part = |of: u32| u32::try_from(u64::from(of) * u64::from(percent) / 100).unwrap_or(of).max(1);
        Self {
            apps: part(self.apps),
            contacts: part(self.contacts),
            keys: part(self.keys),
            events_a_day: part(self.events_a_day),
            event_bytes_a_day: (self.event_bytes_a_day.saturating_mul(u64::from(percent)) / 100).max(1),
        }
    }
}

/// The events that an account added in a day (UTC).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventsOfDay {
    /// The day, counted from 1970-01-01.
    #[serde(default)]
    pub day: i64,
    /// How many events.
    #[serde(default)]
    pub events_of_day: u32,
    /// How many bytes their data have.
    #[serde(default)]
    pub bytes_of_day: u64,
}

/// A daily quota that one more event would exceed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DailyQuota {
    /// The events.
    Events,
    /// The bytes of their data.
    Bytes,
}

impl EventsOfDay {
    /// No event yet in the day of this time.
    pub const fn none_at(now: Timestamp) -> Self {
        Self { day: now.as_seconds().div_euclid(DAY), events_of_day: 0, bytes_of_day: 0 }
    }

    /// The same with one more event.
    #[must_use]
    pub const fn with(self, bytes: u64) -> Self {
        Self {
            day: self.day,
            events_of_day: self.events_of_day.saturating_add(1),
            bytes_of_day: self.bytes_of_day.saturating_add(bytes),
        }
    }

    /// The quota that these events exceed, if they exceed one.
    pub const fn exceeded(self, quotas: Quotas) -> Option<DailyQuota> {
        if self.events_of_day > quotas.events_a_day {
            Some(DailyQuota::Events)
        } else if self.bytes_of_day > quotas.event_bytes_a_day {
            Some(DailyQuota::Bytes)
        } else {
            None
        }
    }
}

/// How long until the next day begins (UTC).
pub fn until_tomorrow(now: Timestamp) -> Duration {
    Duration::from_secs(u64::try_from(DAY - now.as_seconds().rem_euclid(DAY)).unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUOTAS: Quotas = Quotas { apps: 100, contacts: 5, keys: 20, events_a_day: 2, event_bytes_a_day: 10 };

    #[test]
    fn a_part_of_the_quotas_is_at_least_one_of_each() {
        let part = QUOTAS.percent(10);
        assert_eq!((part.apps, part.contacts, part.keys), (10, 1, 2));
        assert_eq!((part.events_a_day, part.event_bytes_a_day), (1, 1));
        assert_eq!(QUOTAS.percent(100), QUOTAS);
    }

    #[test]
    fn events_and_their_bytes_are_counted_by_day() {
        let now = Timestamp::from_seconds(DAY * 3 - 1);
        let two = EventsOfDay::none_at(now).with(4).with(6);
        assert_eq!(two, EventsOfDay { day: 2, events_of_day: 2, bytes_of_day: 10 });
        assert_eq!(two.exceeded(QUOTAS), None);
        assert_eq!(two.with(0).exceeded(QUOTAS), Some(DailyQuota::Events));
        assert_eq!(EventsOfDay::default().with(11).exceeded(QUOTAS), Some(DailyQuota::Bytes));
        assert_eq!(until_tomorrow(now), Duration::from_secs(1));
        assert_eq!(EventsOfDay::none_at(Timestamp::from_seconds(DAY * 3)).day, 3);
    }
}
