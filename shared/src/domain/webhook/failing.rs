//! A webhook whose receiver does not take events.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::types::timestamp::Timestamp;

/// The first wait after a failure, which doubles with each further one.
const FIRST: Duration = Duration::from_secs(5);
/// The longest wait.
const LONGEST: Duration = Duration::from_secs(6 * 3_600);
/// How long a webhook may fail before it is disabled.
const AT_MOST: Duration = Duration::from_secs(5 * 86_400);

/// Since when all attempts fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failing {
    /// The time of the first failure.
    pub since: Timestamp,
    /// The number of failures.
    pub failures: u32,
    /// Before this time, nothing is attempted: so a receiver that does not respond costs one attempt, and not one for each
    /// event.
    pub next_at: Timestamp,
}

impl Failing {
    /// What a webhook is after one more failure.
    pub fn after(before: Option<Self>, now: Timestamp) -> Self {
        let (since, failures) = before.map_or((now, 0), |before| (before.since, before.failures));
        let wait = FIRST.saturating_mul(2_u32.saturating_pow(failures)).min(LONGEST);
        Self { since, failures: failures.saturating_add(1), next_at: now.after(wait) }
    }

    /// Whether it has failed for so long that it is disabled.
    pub fn is_final(self, now: Timestamp) -> bool {
        self.since.after(AT_MOST) <= now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_from_five_seconds_to_six_hours() {
        let (mut now, mut failing) = (Timestamp::from_seconds(1_000), None);
        for wait in [5, 10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 5_120, 10_240, 20_480, 21_600, 21_600] {
            let after = Failing::after(failing, now);
            assert_eq!((now.until(after.next_at).as_secs(), after.since.as_seconds()), (wait, 1_000));
            (now, failing) = (after.next_at, Some(after));
        }
    }

    #[test]
    fn after_five_days_it_is_final() {
        let failing = Failing::after(None, Timestamp::from_seconds(0));
        let at = |seconds| failing.is_final(Timestamp::from_seconds(seconds));
        assert!(!at(5 * 86_400 - 1) && at(5 * 86_400));
    }
}
