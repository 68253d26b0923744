//! Points in time, in whole seconds.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

/// A point in time: whole seconds since the Unix epoch, as in tokens and tables.
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

    /// This time, earlier by `duration` (whole seconds).
    pub const fn before(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub_unsigned(duration.as_secs()))
    }

    /// How long it is from this time until `later`; zero if that has passed.
    pub fn until(self, later: Self) -> Duration {
        Duration::from_secs(u64::try_from(later.0.saturating_sub(self.0)).unwrap_or(0))
    }

    /// Parses an RFC 3339 time from any zone, to the second: fractions are dropped.
    ///
    /// # Errors
    ///
    /// The sentence to show when it is invalid or has no four-digit year in UTC.
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
}
