//! Which failures are tried again, when, and how often in a process.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::error::CallError;
use crate::domain::crypto::random;

/// How often a request is sent at most.
pub(super) const TRIES: u32 = 3;

/// Codes of requests that may succeed when they are sent again, beside those with a status of a server's failure.
const TEMPORARY: [&str; 16] = [
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestTimeout",
    "RequestTimeoutException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
];

/// Whether the same request may succeed in a moment. A request without a response may have been handled, so every write of the
/// store is safe to repeat.
pub(super) fn is_temporary(error: &CallError) -> bool {
    match error {
        CallError::Refused(response) => {
            matches!(response.status, 500 | 502 | 503 | 504) || TEMPORARY.contains(&response.code.as_str())
        }
        CallError::NoResponse(_) => true,
    }
}

/// How long to wait before a retry: a random part of `longest`, which doubles from retry to retry, so that the retries of
/// many processes do not come at once.
pub(super) fn wait(longest: Duration, retry: u32) -> Duration {
    let longest = longest.saturating_mul(2_u32.saturating_pow(retry)).min(Duration::from_secs(20));
    Duration::from_micros(random::below(u64::try_from(longest.as_micros()).unwrap_or(u64::MAX)))
}

/// The retries that a process has left. When most of its requests fail, it stops repeating them: they would only keep an
/// overloaded table overloaded.
pub(super) struct Budget(AtomicU32);

impl Budget {
    const MOST: u32 = 500;
    const COST: u32 = 5;

    /// Takes one retry.
    pub(super) fn take(&self) -> bool {
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(Self::COST)).is_ok()
    }

    /// A request succeeded; after a retry it returns what that has cost.
    pub(super) fn succeeded(&self, retries: u32) {
        let gain = if retries == 0 { 1 } else { Self::COST };
        _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
            (left < Self::MOST).then(|| left.saturating_add(gain).min(Self::MOST))
        });
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self(AtomicU32::new(Self::MOST))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_whose_requests_all_fail_stops_repeating_them_until_some_succeed() {
        let budget = Budget::default();
        assert_eq!((0..1_000).filter(|_| budget.take()).count(), 100);
        (0..4).for_each(|_| budget.succeeded(0));
        assert!(!budget.take(), "four successes are not enough");
        budget.succeeded(0);
        assert!(budget.take());
        (0..10_000).for_each(|_| budget.succeeded(1));
        assert_eq!((0..1_000).filter(|_| budget.take()).count(), 100, "there are never more");
    }

    #[test]
    fn a_wait_is_random_and_at_most_twice_as_long_each_time() {
        let longest = Duration::from_millis(50);
        for retry in 0..3 {
            let waits: Vec<Duration> = (0..100).map(|_| wait(longest, retry)).collect();
            assert!(waits.iter().all(|wait| *wait < longest * 2_u32.pow(retry)));
            assert!(waits.iter().any(|wait| *wait != waits[0]));
        }
        assert!(wait(longest, 60) < Duration::from_secs(20));
    }
}
