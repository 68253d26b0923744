//! The current time, in whole seconds, from one place that tests can move.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::domain::types::timestamp::Timestamp;

/// Where the current time comes from.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// A clock that changes only when a test moves it forward.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that starts now and moves only by [`Clock::advance`].
    pub fn manual() -> Self {
        Self::Manual(Arc::new(AtomicI64::new(Self::System.now().as_seconds())))
    }

    /// The current time.
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => Timestamp::from_seconds(system_seconds()),
            Self::Manual(seconds) => Timestamp::from_seconds(seconds.load(Ordering::SeqCst)),
        }
    }

    /// Moves a manual clock forward; does nothing to the machine's clock.
    pub fn advance(&self, by: Duration) {
        if let Self::Manual(seconds) = self {
            seconds.fetch_add(i64::try_from(by.as_secs()).unwrap_or(i64::MAX), Ordering::SeqCst);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the machine's clock")]
fn system_seconds() -> i64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_epoch.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_moves_only_when_advanced() {
        let clock = Clock::manual();
        let start = clock.now();
        assert_eq!(clock.now(), start);
        clock.advance(Duration::from_secs(90));
        assert_eq!(start.until(clock.now()), Duration::from_secs(90));
        assert_eq!(clock.now().until(start), Duration::ZERO);
    }
}
