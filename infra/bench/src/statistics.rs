//! Medians and percentiles.

use std::time::Duration;

/// The percentile of the values; zero if there are none.
pub fn percentile(values: &mut [Duration], percent: usize) -> Duration {
    values.sort_unstable();
    let last = values.len().saturating_sub(1);
    values.get(last.saturating_mul(percent).div_ceil(100)).copied().unwrap_or_default()
}

/// The value in the middle.
pub fn median(values: &mut [Duration]) -> Duration {
    percentile(values, 50)
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
        let mut values: Vec<_> = (1..=101).rev().map(Duration::from_secs).collect();
        assert_eq!(median(&mut values).as_secs(), 51);
        assert_eq!(percentile(&mut values, 99).as_secs(), 100);
        assert_eq!(median(&mut []), Duration::ZERO);
    }
}
