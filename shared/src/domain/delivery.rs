//! Work that is delivered later, and again until it arrives: mail today.

use std::fmt;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::domain::types::id::{WriteId, uuid_id};
use crate::domain::types::timestamp::Timestamp;

uuid_id! {
    /// Identifies a piece of work; work that is created later sorts later.
    WorkId
}

/// What work is about: a value that a queue stores.
pub trait Task: Clone + Serialize + DeserializeOwned + Send + Sync {}

impl<T: Clone + Serialize + DeserializeOwned + Send + Sync> Task for T {}

/// A piece of work in a queue.
#[derive(Clone, Debug)]
pub struct Work<T> {
    /// Its id.
    pub id: WorkId,
    /// What is delivered.
    pub task: T,
    /// Identifies the latest attempt.
    pub attempt: WriteId,
    /// The number of attempts.
    pub tries: u32,
    /// When the next attempt may start.
    pub due_at: Timestamp,
    /// Until when the latest attempt may run: no other one starts before.
    pub claimed_until: Timestamp,
    /// From when on it is not attempted any more.
    pub gives_up_at: Timestamp,
    /// When it was created.
    pub created_at: Timestamp,
    /// Why the latest attempt failed, for the operator.
    pub failure: Option<String>,
    /// Whether it was delivered and could not be deleted: it is deleted later, and not delivered again.
    pub is_delivered: bool,
}

impl<T> Work<T> {
    /// The end of a claim that nothing has made.
    pub const UNCLAIMED: Timestamp = Timestamp::from_seconds(0);

    /// Work that may be attempted at once, and is given up after `lifetime`.
    pub fn new(task: T, lifetime: Duration, now: Timestamp) -> Self {
        Self {
            id: WorkId::generate(now),
            task,
            attempt: WriteId::generate(now),
            tries: 0,
            due_at: now,
            claimed_until: Self::UNCLAIMED,
            gives_up_at: now.after(lifetime),
            created_at: now,
            failure: None,
            is_delivered: false,
        }
    }

    /// The same work as new: it may be attempted at once, and is given up at `gives_up_at`. Its latest failure stays known.
    #[must_use]
    pub fn again(self, gives_up_at: Timestamp, now: Timestamp) -> Self {
        Self { tries: 0, due_at: now, claimed_until: Self::UNCLAIMED, gives_up_at, ..self }
    }

    /// Its place in a list.
    pub const fn place(&self) -> Place {
        Place { due_at: self.due_at, id: self.id }
    }
}

/// The place of a piece of work in a list, after which the list continues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// When the work is due.
    pub due_at: Timestamp,
    /// Its id.
    pub id: WorkId,
}

impl Place {
    /// Reads the cursor of a list.
    ///
    /// # Errors
    ///
    /// The sentence to show.
    pub fn cursor(text: &str) -> Result<Self, String> {
        Self::parse(text).ok_or_else(|| "must be a next_cursor of an earlier answer".to_owned())
    }

    fn parse(text: &str) -> Option<Self> {
        let (due_at, id) = text.split_once('.')?;
        let due_at = Timestamp::from_seconds(due_at.parse::<u32>().ok()?.into());
        Some(Self { due_at, id: WorkId::parse(id)? })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.due_at.as_seconds(), self.id)
    }
}

/// How long work waits after a failed attempt.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    /// The wait after the first failure, which doubles with each further one.
    pub first: Duration,
    /// The longest wait.
    pub longest: Duration,
}

impl Backoff {
    /// The wait of the work with this id after so many attempts, shortened by up to a quarter, so that what failed together
    /// is not tried again together. It is the same for the same work, so a repeated write sets the same time.
    pub fn wait(self, id: WorkId, tries: u32) -> Duration {
        let doubled = self.first.saturating_mul(2_u32.saturating_pow(tries.saturating_sub(1)));
        let whole = doubled.min(self.longest);
        let [.., last] = *id.as_bytes();
        // A multiplicative hash: each try of one piece of work has another share.
        let share = u32::from(last.wrapping_add(u8::try_from(tries % 256).unwrap_or(0)).wrapping_mul(167));
        whole.saturating_sub(whole.saturating_mul(share) / (4 * 255))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACKOFF: Backoff = Backoff { first: Duration::from_secs(60), longest: Duration::from_secs(3_600) };

    #[test]
    fn the_wait_doubles_after_each_failure_up_to_the_longest() {
        let id = WorkId::generate(Timestamp::from_seconds(9));
        for (tries, minutes) in [(1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (6, 32), (7, 60), (8, 60), (u32::MAX, 60)] {
            let (whole, wait) = (Duration::from_secs(60 * minutes), BACKOFF.wait(id, tries));
            assert!(whole * 3 / 4 <= wait && wait <= whole, "{tries}: {wait:?}");
        }
    }

    #[test]
    fn what_failed_together_is_tried_again_at_many_times() {
        let ids = (0..=255).map(|last| WorkId::from_bytes([last; 16]));
        let waits: std::collections::BTreeSet<_> = ids.map(|id| BACKOFF.wait(id, 7).as_secs()).collect();
        assert!(waits.len() > 200, "{}", waits.len());
        assert_eq!((waits.first(), waits.last()), (Some(&2_700), Some(&3_600)));
    }

    #[test]
    fn a_cursor_is_the_place_that_it_was_made_of() {
        let place = Place { due_at: Timestamp::from_seconds(9), id: WorkId::generate(Timestamp::from_seconds(9)) };
        assert_eq!(Place::cursor(&place.to_string()), Ok(place));
        let id = place.id;
        for bad in [String::new(), id.to_string(), format!("-1.{id}"), format!("99999999999.{id}"), "9.x".to_owned()] {
            assert!(Place::cursor(&bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_same_attempt_always_waits_equally_long() {
        let id = WorkId::generate(Timestamp::from_seconds(9));
        assert_eq!(BACKOFF.wait(id, 3), BACKOFF.wait(id, 3));
    }
}
