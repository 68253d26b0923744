//! The current time, in whole seconds, from one place that tests can move.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

/// A point in time: whole seconds since the Unix epoch, as tokens and tables hold it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The time that is this many seconds after the Unix epoch.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Seconds since the Unix epoch.
    pub const fn as_seconds(self) -> i64 {
        self.0
    }

    /// This time, later by `duration` (whole seconds).
    pub const fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add_unsigned(duration.as_secs()))
    }

    /// How long it is from this time until `later`; zero if that has passed.
    pub fn until(self, later: Self) -> Duration {
        Duration::from_secs(u64::try_from(later.0.saturating_sub(self.0)).unwrap_or(0))
    }

    /// Reads a time as RFC 3339 has it, from any zone and to the second: fractions are left out.
    ///
    /// # Errors
    ///
    /// The sentence to show when it is none, or one that has no four-digit year in UTC.
    pub fn parse_rfc3339(text: &str) -> Result<Self, String> {
        let time = OffsetDateTime::parse(text, &Rfc3339).ok().and_then(|time| time.checked_to_offset(UtcOffset::UTC));
        let time = time.filter(|time| (0..=9_999).contains(&time.year()));
        let sentence = || "must be a time such as 2026-07-28T09:30:00Z (RFC 3339)".to_owned();
        time.map(|time| Self(time.unix_timestamp())).ok_or_else(sentence)
    }

    /// RFC 3339 in UTC, as JSON resources show times: `2026-07-28T09:30:00Z`.
    pub fn to_rfc3339(self) -> String {
        OffsetDateTime::from_unix_timestamp(self.0)
            .ok()
            .and_then(|time| time.format(&Rfc3339).ok())
            .unwrap_or_else(|| "1970-01-01T00:00:00Z".to_owned())
    }
}

/// Where the current time comes from.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// A clock that stands still until a test moves it forward.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that starts now and moves only by [`Clock::advance`].
    pub fn manual() -> Self {
        Self::Manual(Arc::new(AtomicI64::new(Self::System.now().0)))
    }

    /// The current time.
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => Timestamp(system_seconds()),
            Self::Manual(seconds) => Timestamp(seconds.load(Ordering::SeqCst)),
        }
    }

    /// Moves a manual clock forward; the machine's clock cannot be moved, and stays.
    pub fn advance(&self, by: Duration) {
        if let Self::Manual(seconds) = self {
            seconds.fetch_add(i64::try_from(by.as_secs()).unwrap_or(i64::MAX), Ordering::SeqCst);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that asks the machine for the time")]
fn system_seconds() -> i64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_epoch.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_shown_in_utc() {
        assert_eq!(Timestamp::from_seconds(1_785_231_000).to_rfc3339(), "2026-07-28T09:30:00Z");
    }

    #[test]
    fn times_are_read_from_any_zone_and_to_the_second() {
        for text in ["2026-07-28T09:30:00Z", "2026-07-28T11:30:00+02:00", "2026-07-28t04:30:00.999-05:00"] {
            assert_eq!(Timestamp::parse_rfc3339(text), Ok(Timestamp::from_seconds(1_785_231_000)), "{text}");
        }
        for text in ["0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "1969-12-31T23:59:59Z"] {
            assert_eq!(Timestamp::parse_rfc3339(text).unwrap().to_rfc3339(), text);
        }
        for bad in [
            "",
            "2026-07-28",
            "2026-07-28T09:30:00",
            "2026-02-30T00:00:00Z",
            "1785231000",
            "10000-01-01T00:00:00Z",
            "9999-12-31T23:59:59-01:00",
            "0000-01-01T00:00:00+01:00",
        ] {
            assert!(Timestamp::parse_rfc3339(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_manual_clock_moves_only_when_told() {
        let clock = Clock::manual();
        let start = clock.now();
        assert_eq!(clock.now(), start);
        clock.advance(Duration::from_secs(90));
        assert_eq!(start.until(clock.now()), Duration::from_secs(90));
        assert_eq!(clock.now().until(start), Duration::ZERO);
    }
}
