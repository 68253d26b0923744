//! Medians, percentiles and comparisons.

use std::cmp::Ordering;
use std::time::Duration;

/// The percentile of the values; the default if there are none.
pub fn percentile<T: PartialOrd + Copy + Default>(values: &[T], percent: usize) -> T {
    let mut values = values.to_vec();
    values.sort_by(|one, other| one.partial_cmp(other).unwrap_or(Ordering::Equal));
    let last = values.len().saturating_sub(1);
    values.get(last.saturating_mul(percent).div_ceil(100)).copied().unwrap_or_default()
}

/// The value in the middle.
pub fn median<T: PartialOrd + Copy + Default>(values: &[T]) -> T {
    percentile(values, 50)
}

/// How two processes that took turns compare: the median and the quartiles of the ratios, pair by pair. What slowed a pair
/// down slowed down both.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ratio {
    /// The median.
    pub median: f64,
    /// A quarter of the ratios is at most this.
    pub low: f64,
    /// A quarter of the ratios is at least this.
    pub high: f64,
}

impl Ratio {
    /// Compares times with those of another process in the same rounds, without what both spend on something that is set aside.
    pub fn of(times: &[Duration], others: &[Duration], aside: Duration) -> Self {
        let rest = |time: &Duration| time.saturating_sub(aside).as_secs_f64();
        let ratios: Vec<f64> = times.iter().zip(others).map(|(time, other)| rest(time) / rest(other)).collect();
        Self { median: median(&ratios), low: percentile(&ratios, 25), high: percentile(&ratios, 75) }
    }
}

/// Milliseconds with a fraction.
pub fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_lies_in_the_middle_and_the_percentile_near_the_end() {
        let values: Vec<_> = (1..=101).rev().map(Duration::from_secs).collect();
        assert_eq!(median(&values).as_secs(), 51);
        assert_eq!(percentile(&values, 99).as_secs(), 100);
        assert_eq!(median::<Duration>(&[]), Duration::ZERO);
    }

    #[test]
    fn processes_are_compared_pair_by_pair() {
        // The machine was slow in the last round, for both.
        let (now, then) = ([1, 2, 3, 40], [2, 4, 6, 80]);
        let ratio = Ratio::of(&now.map(Duration::from_millis), &then.map(Duration::from_millis), Duration::ZERO);
        assert_eq!(ratio, Ratio { median: 0.5, low: 0.5, high: 0.5 });
    }

    #[test]
    fn what_both_spend_can_be_set_aside() {
        let (now, then) = ([Duration::from_millis(3)], [Duration::from_millis(5)]);
        assert_eq!(Ratio::of(&now, &then, Duration::from_millis(1)).median, 0.5);
    }

    #[test]
    fn the_quartiles_show_the_spread() {
        let now: Vec<_> = (1..=5).map(Duration::from_secs).collect();
        let ratio = Ratio::of(&now, &[Duration::from_secs(1); 5], Duration::ZERO);
        assert_eq!(ratio, Ratio { median: 3.0, low: 2.0, high: 4.0 });
    }
}
