//! Counts of this process, which spare the table most charges of what costs less than a charge.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::domain::rate_limit::{Count, Limit, RateLimitKey};
use crate::domain::types::timestamp::Timestamp;

/// How many counts are remembered; then all are forgotten, which charges less and never more.
const MOST: usize = 10_000;

/// The counts of this process.
#[derive(Default)]
pub(super) struct RecentCounts(Mutex<HashMap<String, Recent>>);

/// The attempts that the table does not know yet, and whether it refused the last that it was charged.
#[derive(Clone, Copy, Default)]
struct Recent {
    uncharged: u32,
    refused_until: Option<Timestamp>,
}

/// What to do about an attempt.
pub(super) enum Next {
    /// It is permitted, and charged with later ones.
    Permit,
    /// It was refused a moment ago, and still is for this long.
    Refuse(Duration),
    /// So many attempts are to be charged.
    Charge(u32),
}

impl RecentCounts {
    /// Counts an attempt. A process charges a hundredth of the limit at once, and ten attempts at most, so that few are
    /// in no table when the process ends.
    pub(super) fn count(&self, counted: &RateLimitKey, limit: Limit, now: Timestamp) -> Next {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= MOST {
            counts.clear();
        }
        let recent = counts.entry(counted.as_str().to_owned()).or_default();
        if let Some(until) = recent.refused_until.filter(|until| now < *until) {
            return Next::Refuse(now.until(until));
        }
        recent.uncharged = recent.uncharged.saturating_add(1);
        if recent.uncharged < (limit.most / 100).clamp(1, 10) {
            return Next::Permit;
        }
        Next::Charge(std::mem::take(&mut recent.uncharged))
    }

    /// Remembers that the table refused an attempt, until its window ends.
    pub(super) fn refuse(&self, counted: &RateLimitKey, count: &Count) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= MOST {
            counts.clear();
        }
        counts.entry(counted.as_str().to_owned()).or_default().refused_until = Some(count.window_ends_at);
    }

    /// Returns whether the table refuses these attempts, as far as this process knows.
    pub(super) fn refuses(&self, counted: &RateLimitKey, now: Timestamp) -> bool {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.get(counted.as_str()).and_then(|recent| recent.refused_until).is_some_and(|until| now < until)
    }
}
