//! A value from elsewhere that a process keeps for a while.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;

use crate::domain::types::timestamp::Timestamp;

/// How long a value is used.
#[derive(Clone, Copy, Debug)]
pub struct Freshness {
    /// For so long without looking again.
    pub fresh: Duration,
    /// For so long when looking again fails.
    pub usable: Duration,
}

/// A value that is read when it is needed and kept for a while.
pub struct Held<T>(Mutex<Option<(Arc<T>, Timestamp)>>);

impl<T> Default for Held<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T> Held<T> {
    /// The value, read again if it is no longer fresh; `what` names it in the log. Callers that come meanwhile wait for the
    /// same reading.
    ///
    /// # Errors
    ///
    /// Those of `read`, when there is nothing to be used in its place.
    pub async fn get<E: Display, F: Future<Output = Result<T, E>>>(
        &self,
        what: &'static str,
        freshness: Freshness,
        now: Timestamp,
        read: impl FnOnce() -> F,
    ) -> Result<Arc<T>, E> {
        let mut held = self.0.lock().await;
        if let Some((value, since)) = &*held
            && now < since.after(freshness.fresh)
        {
            return Ok(Arc::clone(value));
        }
        match (read().await, &*held) {
            (Ok(value), _) => {
                let value = Arc::new(value);
                *held = Some((Arc::clone(&value), now));
                Ok(value)
            }
            (Err(error), Some((value, since))) if now < since.after(freshness.usable) => {
                tracing::warn!(cause = %error, "{what} could not be read again; the ones at hand go on");
                Ok(Arc::clone(value))
            }
            (Err(error), _) => Err(error),
        }
    }
}
