//! `Limits`: counters of attempts.

use serde::Deserialize;

use super::table::{Item, ItemKey, Table};
use super::write::{Write, Written};
use crate::domain::rate_limit::{Count, Limit, RateLimitKey};
use crate::domain::types::timestamp::Timestamp;
use crate::fault::Fault;

/// The table `Limits`.
pub struct LimitStore(pub(super) Table);

#[derive(Deserialize)]
pub(super) struct LimitItem {
    attempts: u32,
    window_ends_at: Timestamp,
    #[serde(default)]
    known_until: Option<Timestamp>,
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
    pub async fn charge(&self, counted: &RateLimitKey, limit: Limit, now: Timestamp) -> Result<Count, Fault> {
        let key = limit_key(counted);
        let window_ends_at = now.after(limit.window);
        // Each turn fails only if another request opened or ended the window in between.
        for _ in 0..4 {
            let add = Write::to(&self.0, key.clone())
                .add("attempts", 1)
                .set_once("window_ends_at", window_ends_at)
                .set_once("expires_at", window_ends_at)
                .if_absent_or_greater("window_ends_at", now);
            let ended = match add.update().await? {
                Written::Done(item) => return self.count(&key, item),
                Written::Refused(item) => item.map(|item| self.count(&key, item)).transpose()?,
            };
            let known_until = ended.and_then(|count| count.known_until);
            let reopen = Write::to(&self.0, key.clone())
                .set("attempts", 1)
                .set("window_ends_at", window_ends_at)
                .set("expires_at", known_until.map_or(window_ends_at, |known| known.max(window_ends_at)))
                .if_at_most("window_ends_at", now);
            if let Written::Done(item) = reopen.update().await? {
                return self.count(&key, item);
            }
        }
        Err(Fault::unavailable("a counter changes faster than it can be read"))
    }

    /// Resets the attempts after one that succeeded, and records the success until `known_until`.
    ///
    /// Repeated, it does the same again.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written.
    pub async fn forgive(&self, counted: &RateLimitKey, known_until: Timestamp, now: Timestamp) -> Result<(), Fault> {
        let write = Write::to(&self.0, limit_key(counted))
            .set("attempts", 0)
            .set("known_until", known_until)
            .set("expires_at", known_until)
            .set_once("window_ends_at", now);
        write.update().await.map(|_: Written| ())
    }

    fn count(&self, key: &ItemKey, item: Item) -> Result<Count, Fault> {
        let LimitItem { attempts, window_ends_at, known_until } = self.0.read(key, item)?;
        Ok(Count { attempts, window_ends_at, known_until })
    }
}
