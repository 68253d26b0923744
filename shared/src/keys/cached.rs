//! A value from elsewhere that a process keeps for a while.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;

use crate::domain::types::timestamp::Timestamp;

/// How long a value is used.
#[derive(Clone, Copy, Debug)]
pub struct CachePolicy {
    /// For so long without looking again.
    pub ttl: Duration,
    /// For so long when looking again fails.
    pub stale_if_error: Duration,
}

/// A value that is read when it is needed and kept for a while.
pub struct Cached<T>(Mutex<Option<(Arc<T>, Timestamp)>>);

impl<T> Default for Cached<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T> Cached<T> {
    /// The value, read again if it is no longer fresh; `what` names it in the log. Callers that come meanwhile wait for the
    /// same reading.
    ///
    /// # Errors
    ///
    /// Those of `read`, when there is nothing to be used in its place.
    pub async fn get<E: Display, F: Future<Output = Result<T, E>>>(
        &self,
        what: &'static str,
        policy: CachePolicy,
        now: Timestamp,
        read: impl FnOnce() -> F,
    ) -> Result<Arc<T>, E> {
        let mut cached = self.0.lock().await;
        if let Some((value, since)) = &*cached
            && now < since.after(policy.ttl)
        {
            return Ok(Arc::clone(value));
        }
        match (read().await, &*cached) {
            (Ok(value), _) => {
                let value = Arc::new(value);
                *cached = Some((Arc::clone(&value), now));
                Ok(value)
            }
            (Err(error), Some((value, since))) if now < since.after(policy.stale_if_error) => {
                tracing::warn!(cause = %error, "{what} could not be read again; the ones at hand go on");
                Ok(Arc::clone(value))
            }
            (Err(error), _) => Err(error),
        }
    }
}
