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
