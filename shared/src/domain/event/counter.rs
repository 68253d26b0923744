//! How far the events of an account go: the numbers that were given away, and those whose events are gone.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Sequence;
use crate::domain::quota::EventsOfDay;
use crate::domain::types::timestamp::Timestamp;

/// How long a number may be without its event.
const PENDING: Duration = Duration::from_secs(60);

/// The counter of an account's events.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Counter {
    /// The last number that was given away.
    pub sequence: Sequence,
    /// What the account added in its last day.
    #[serde(default, flatten)]
    pub of_day: EventsOfDay,
    /// How far the numbers went when a day began, oldest first.
    #[serde(default)]
    pub marks: Vec<Mark>,
}

/// How far the numbers went at some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Every smaller number was given away before.
    first: Sequence,
    made_at: Timestamp,
    /// When the events of all smaller numbers have expired.
    gone_at: Timestamp,
}

impl Counter {
    /// As many fit into one write unit of DynamoDB, beside the numbers.
    const MOST_MARKS: usize = 16;

    /// The marks with one for a day that begins now, where events are stored for `retention`.
    ///
    /// Of those that are gone, only the last has a meaning. Where there are too many, the one goes whose neighbours are closest.
    pub fn marks_of_new_day(&self, now: Timestamp, retention: Duration) -> Vec<Mark> {
        let mut marks = self.marks.clone();
        if self.sequence > Sequence::START {
            // Those that were stored while events were stored for longer keep their expiry.
            let gone_at = marks.iter().map(|mark| mark.gone_at).fold(now.after(retention), Timestamp::max);
            marks.push(Mark { first: self.sequence.next(), made_at: now, gone_at });
        }
        let gone = marks.iter().filter(|mark| mark.gone_at <= now).count();
        marks.drain(..gone.saturating_sub(1));
        while marks.len() > Self::MOST_MARKS {
            let gaps = marks.windows(3).map(|near| match near {
                [before, _, after] => after.first.since(before.first),
                _ => u64::MAX,
            });
            let Some((closest, _)) = gaps.enumerate().min_by_key(|(_, gap)| *gap) else { break };
            marks.remove(closest + 1);
        }
        marks
    }

    /// The marks that say that the events of all smaller numbers were deleted.
    pub fn marks_of_deleted(first: Sequence) -> Vec<Mark> {
        let long_ago = Timestamp::from_seconds(0);
        vec![Mark { first, made_at: long_ago, gone_at: long_ago }]
    }

    /// The last number up to which all events have expired.
    pub fn gone(&self, now: Timestamp) -> Sequence {
        self.last_before(|mark| mark.gone_at <= now)
    }

    /// The last number up to which an event that is not there will not come any more.
    pub fn settled(&self, now: Timestamp) -> Sequence {
        self.last_before(|mark| is_settled_by(mark.made_at, now))
    }

    fn last_before(&self, says: impl Fn(&Mark) -> bool) -> Sequence {
        let said = self.marks.iter().filter(|mark| says(mark)).map(|mark| mark.first.previous());
        said.max().unwrap_or(Sequence::START)
    }
}

/// Whether an event that is missing before one of this age will not come any more.
///
/// An event gets its time, then its number, and then it is stored. Each of these writes is given up after seconds, and with all that
/// it may conflict with after half a minute.
pub fn is_settled_by(later: Timestamp, now: Timestamp) -> bool {
    later.after(PENDING) <= now
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 86_400;
    const RETENTION: Duration = Duration::from_secs(90 * DAY);

    fn day(number: u64) -> Timestamp {
        Timestamp::from_seconds(i64::try_from(number * DAY).unwrap())
    }

    /// A counter to which each day added this many, at the beginning of the next.
    fn after(days: impl IntoIterator<Item = u64>) -> (Counter, Timestamp) {
        let (mut counter, mut now) = (Counter::default(), day(0));
        for (at, added) in days.into_iter().enumerate() {
            now = day(u64::try_from(at).unwrap() + 1);
            counter.sequence = Sequence(counter.sequence.0 + added);
            counter.marks = counter.marks_of_new_day(now, RETENTION);
        }
        (counter, now)
    }

    #[test]
    fn what_is_gone_and_what_is_settled_follows_from_the_days() {
        let (counter, now) = after([100, 50]);
        assert_eq!((counter.gone(now), counter.settled(now)), (Sequence(0), Sequence(100)));
        assert_eq!(counter.settled(now.after(PENDING)), Sequence(150));
        assert_eq!(counter.gone(day(1).after(RETENTION)), Sequence(100));
        assert_eq!(counter.gone(day(2).after(RETENTION)), Sequence(150));
        assert_eq!(
            Counter::default().marks_of_new_day(now, RETENTION),
            [],
            "before the first there is nothing to mark"
        );
    }

    #[test]
    fn years_of_events_leave_few_marks_and_never_call_gone_what_is_not() {
        let (counter, now) = after((0..1_000).map(|day| if day % 7 == 0 { 5_000 } else { 100 }));
        assert!(counter.marks.len() <= Counter::MOST_MARKS);
        let total = counter.sequence.0;
        let live: u64 = (1_000 - 90..1_000).map(|day| if day % 7 == 0 { 5_000 } else { 100 }).sum();
        let gone = counter.gone(now).0;
        assert!(gone <= total - live, "{gone}");
        assert!(total - live - gone < live / 4, "and nearly all that is: {gone} of {}", total - live);
    }

    #[test]
    fn a_shorter_retention_does_not_make_earlier_events_expire_earlier() {
        let (mut counter, now) = after([100]);
        counter.sequence = Sequence(150);
        counter.marks = counter.marks_of_new_day(now.after(Duration::from_secs(DAY)), Duration::from_secs(DAY));
        assert_eq!(counter.gone(day(30)), Sequence(0));
        assert_eq!(counter.gone(day(1).after(RETENTION)), Sequence(150));
    }

    #[test]
    fn an_event_that_is_missing_is_waited_for_a_minute() {
        assert!(!is_settled_by(day(1), day(1).after(Duration::from_secs(59))));
        assert!(is_settled_by(day(1), day(1).after(Duration::from_secs(60))));
    }
}
