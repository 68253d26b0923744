//! Timeouts that cost nothing while requests are answered in time.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::{Mutex, PoisonError};
use std::task::{Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

/// Timers that are kept between requests.
///
/// A new timer wakes the runtime by a write to the kernel, and is removed again when its request is answered. A kept one stays
/// set, and only when it fires is it set again to the time at which the request of that moment is late: once in a
/// timeout, not once in a request.
#[derive(Default)]
pub(super) struct Alarms(Mutex<Vec<Pin<Box<Sleep>>>>);

impl Alarms {
    /// Does a part of a request; returns nothing when it takes longer than `patience`.
    pub(super) async fn within<T>(&self, patience: Duration, part: impl Future<Output = T>) -> Option<T> {
        let late = Instant::now() + patience;
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut alarm = kept.unwrap_or_else(|| Box::pin(sleep_until(late)));
        if alarm.deadline() > late {
            alarm.as_mut().reset(late);
        }
        let mut part = pin!(part);
        let done = poll_fn(|context| {
            if let Poll::Ready(done) = part.as_mut().poll(context) {
                return Poll::Ready(Some(done));
            }
            ready!(alarm.as_mut().poll(context));
            while alarm.deadline() < late {
                alarm.as_mut().reset(late);
                ready!(alarm.as_mut().poll(context));
            }
            Poll::Ready(None)
        })
        .await;
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(alarm);
        done
    }
}

#[cfg(test)]
mod tests {
    use tokio::task::yield_now;

    use super::*;

    const LONG: Duration = Duration::from_secs(3_600);

    fn run(test: impl Future<Output = ()>) {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test);
    }

    fn kept(alarms: &Alarms) -> Vec<Instant> {
        alarms.0.lock().unwrap().iter().map(|alarm| alarm.deadline()).collect()
    }

    #[test]
    fn requests_one_after_the_other_share_a_timer_that_is_not_set_anew() {
        run(async {
            let alarms = Alarms::default();
            assert_eq!(alarms.within(LONG, yield_now()).await, Some(()));
            let first = kept(&alarms);
            assert_eq!(alarms.within(LONG, yield_now()).await, Some(()));
            assert_eq!((first.len(), kept(&alarms)), (1, first));
        });
    }

    #[test]
    fn a_timer_that_fires_for_an_earlier_request_does_not_end_this_one() {
        run(async {
            let alarms = Alarms::default();
            let mut fired = Box::pin(sleep_until(Instant::now()));
            fired.as_mut().await;
            alarms.0.lock().unwrap().push(fired);
            let began = Instant::now();
            assert_eq!(alarms.within(LONG, yield_now()).await, Some(()));
            assert!(kept(&alarms)[0] >= began + LONG, "it is set to the time at which this request would be late");
        });
    }

    #[test]
    fn a_request_with_less_patience_does_not_wait_for_the_timer_of_another() {
        run(async {
            let alarms = Alarms::default();
            assert_eq!(alarms.within(LONG, yield_now()).await, Some(()));
            assert_eq!(alarms.within(Duration::ZERO, std::future::pending::<()>()).await, None);
            assert_eq!(alarms.within(LONG, yield_now()).await, Some(()), "and one after a timeout is not late");
        });
    }
}
