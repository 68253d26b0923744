//! `Limits`: counters of attempts.

use async_recursion::async_recursion as boxed;
use serde::Deserialize;

use super::recent_counts::{Next, RecentCounts};
use super::table::{ItemKey, Table};
use super::write::{Write, Written};
use crate::domain::rate_limit::{Count, Excess, KNOWN, KnownTo, Limit, RateLimitKey, SignInPlace};
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::UserId;
use crate::dynamodb::{Item, TransactItem};
use crate::fault::Fault;

/// The table `Limits`.
pub struct LimitStore {
    pub(super) table: Table,
    pub(super) recent: RecentCounts,
}

/// Where an attempt may come from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Any,
    /// Only where a sign-in succeeded before.
    Known,
}

impl Place {
    fn of(self, write: Write<'_>, now: Timestamp) -> Write<'_> {
        match self {
            Self::Any => write,
            Self::Known => write.if_greater("known_until", now),
        }
    }
}

#[derive(Deserialize)]
pub(super) struct LimitItem {
    attempts: u32,
    window_ends_at: Timestamp,
    #[serde(default)]
    known_until: Option<Timestamp>,
    #[serde(default)]
    known_to: Option<KnownTo>,
}

fn limit_key(counted: &RateLimitKey) -> ItemKey {
    ItemKey::new(counted.as_str(), "limit")
}

impl LimitStore {
    /// Counts one attempt, before the work that it would cause, so that parallel guesses cannot all pass.
    ///
    /// One write, two if a window has just ended. A repetition whose first response was lost counts twice, which errs
    /// on the safe side.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written: without a count there is no attempt.
    #[boxed]
    pub async fn charge(&self, counted: &RateLimitKey, limit: Limit, now: Timestamp) -> Result<Count, Fault> {
        self.charge_times(counted, 1, limit, now).await
    }

    async fn charge_times(
        &self,
        counted: &RateLimitKey,
        times: u32,
        limit: Limit,
        now: Timestamp,
    ) -> Result<Count, Fault> {
        let count = self.charge_place(counted, times, limit, Place::Any, now).await?;
        count.ok_or_else(|| Fault::broken("a charge of any place was refused"))
    }

    /// Counts one of many attempts that each cost little more than a count: in this process first, and in the table for
    /// several at once. Returns whether this attempt exceeds the limit.
    ///
    /// One write for ten attempts, as in [`Self::charge`]; none for those that follow one that the table refused. What a
    /// process has not charged when it ends is not counted: nine attempts at most.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written.
    #[boxed]
    pub async fn charge_together(
        &self,
        counted: &RateLimitKey,
        limit: Limit,
        now: Timestamp,
    ) -> Result<Option<Excess>, Fault> {
        match self.recent.count(counted, limit, now) {
            Next::Permit => Ok(None),
            Next::Refuse(wait) => Ok(Some(Excess { wait, is_first: false })),
            Next::Charge(times) => {
                let count = self.charge_times(counted, times, limit, now).await?;
                let excess = count.excess(limit, now);
                if excess.is_some() {
                    self.recent.refuse(counted, &count);
                }
                Ok(excess)
            }
        }
    }

    /// Remembers in this process that the table refused an attempt, until its window ends.
    pub fn remember_refusal(&self, counted: &RateLimitKey, count: &Count) {
        self.recent.refuse(counted, count);
    }

    /// Returns whether this process remembers that the table refuses these attempts.
    pub fn remembers_refusal(&self, counted: &RateLimitKey, now: Timestamp) -> bool {
        self.recent.refuses(counted, now)
    }

    /// Counts one attempt where a sign-in succeeded before; elsewhere nothing is counted, and there is no count.
    ///
    /// Written and repeated as [`Self::charge`].
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written.
    #[boxed]
    pub async fn charge_known(
        &self,
        counted: &RateLimitKey,
        limit: Limit,
        now: Timestamp,
    ) -> Result<Option<Count>, Fault> {
        self.charge_place(counted, 1, limit, Place::Known, now).await
    }

    async fn charge_place(
        &self,
        counted: &RateLimitKey,
        times: u32,
        limit: Limit,
        place: Place,
        now: Timestamp,
    ) -> Result<Option<Count>, Fault> {
        let key = limit_key(counted);
        let window_ends_at = now.after(limit.window);
        // Each turn fails only if another request opened or ended the window in between.
        for _ in 0..4 {
            let add = Write::to(&self.table, key.clone())
                .add("attempts", times)
                .set_once("window_ends_at", window_ends_at)
                .set_once("expires_at", window_ends_at)
                .if_absent_or_greater("window_ends_at", now);
            let ended = match place.of(add, now).update().await? {
                Written::Done(item) => return self.count(&key, item, times).map(Some),
                Written::Refused(item) => item.map(|item| self.count(&key, item, 0)).transpose()?,
            };
            if place == Place::Known && !ended.as_ref().is_some_and(|count| count.is_known(now)) {
                return Ok(None);
            }
            let known_until = ended.and_then(|count| count.known_until);
            let reopen = Write::to(&self.table, key.clone())
                .set("attempts", times)
                .set("window_ends_at", window_ends_at)
                .set("expires_at", known_until.map_or(window_ends_at, |known| known.max(window_ends_at)))
                .if_at_most("window_ends_at", now);
            if let Written::Done(item) = place.of(reopen, now).update().await? {
                return self.count(&key, item, times).map(Some);
            }
        }
        Err(Fault::unavailable("a counter changes faster than it can be read"))
    }

    /// Gives back one attempt that turned out to be none, if the window in which it was charged has not ended.
    ///
    /// A lost one leaves the attempt counted. A repetition whose first response was lost gives back one more, and no
    /// caller can bring that about; a count is never below zero.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written.
    #[boxed]
    pub async fn give_back(&self, counted: &RateLimitKey, charged: Count) -> Result<(), Fault> {
        let write = Write::to(&self.table, limit_key(counted))
            .add("attempts", -1)
            .if_equal("window_ends_at", charged.window_ends_at)
            .if_greater("attempts", 0);
        write.update().await.map(|_: Written| ())
    }

    /// Resets the attempts at a place after one that succeeded, and records the place as known to
    /// the user.
    ///
    /// Repeated, it does the same again.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written.
    #[boxed]
    pub async fn forgive(&self, place: &SignInPlace, user: UserId, now: Timestamp) -> Result<(), Fault> {
        self.forgiving(place, user, now).update().await.map(|_: Written| ())
    }

    /// The same as a part of a transaction.
    pub(super) fn forgive_within(
        &self,
        place: &SignInPlace,
        user: UserId,
        now: Timestamp,
    ) -> Result<TransactItem, Fault> {
        self.forgiving(place, user, now).into_update()
    }

    fn forgiving(&self, place: &SignInPlace, user: UserId, now: Timestamp) -> Write<'_> {
        let known_until = now.after(KNOWN);
        Write::to(&self.table, limit_key(&place.key))
            .set("attempts", 0)
            .set("known_until", known_until)
            .set("known_to", KnownTo::of(user))
            .set("expires_at", known_until)
            .set_once("window_ends_at", now.after(place.limit.window))
    }

    fn count(&self, key: &ItemKey, item: Item, charged: u32) -> Result<Count, Fault> {
        let LimitItem { attempts, window_ends_at, known_until, known_to } = self.table.read(key, &item)?;
        Ok(Count { attempts, charged, window_ends_at, known_until, known_to })
    }
}
