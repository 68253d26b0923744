//! A value that a process caches.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;

use crate::domain::types::timestamp::Timestamp;

/// How long a cached value is used.
#[derive(Clone, Copy, Debug)]
pub struct CachePolicy {
    /// How long it is used without being read again.
    pub ttl: Duration,
    /// How long it is used when reading it again fails.
    pub stale_if_error: Duration,
}

/// A value that is read when it is needed, and cached.
pub struct Cached<T>(Mutex<Option<(Arc<T>, Timestamp)>>);

impl<T> Default for Cached<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T> Cached<T> {
    /// Returns the value, read again if it is no longer fresh; `what` is its name in the log. Concurrent callers wait for the
    /// same read.
    ///
    /// # Errors
    ///
    /// Those of `read`, when no cached value can be used instead.
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
                tracing::warn!(cause = %error, "{what} could not be read again; the cached value is used");
                Ok(Arc::clone(value))
            }
            (Err(error), _) => Err(error),
        }
    }
}
