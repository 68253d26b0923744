//! Fetched documents, and the cache of key sets.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_recursion::async_recursion as boxed;
use url::Url;

use crate::domain::client::keys::KeySet;
use crate::domain::types::timestamp::Timestamp;
use crate::fetch::{Document, FetchDocument, NotFetched, Wanted};

/// How long a document is fresh if its server does not specify it.
const DEFAULT_AGE: Duration = Duration::from_secs(3_600);
/// The least that its server can specify; during it, a key set is not fetched again for a missing key.
const LEAST_AGE: Duration = Duration::from_secs(60);
/// The most that its server can specify.
const GREATEST_AGE: Duration = Duration::from_secs(86_400);

/// Fetches documents, and caches key sets.
pub struct Documents {
    fetcher: Arc<dyn FetchDocument>,
    key_sets: Mutex<HashMap<String, CachedKeys>>,
    /// When a fetch failed for which there was an older document to use.
    failures: Mutex<HashMap<String, Timestamp>>,
}

#[derive(Clone)]
struct CachedKeys {
    keys: Arc<KeySet>,
    fetched_at: Timestamp,
    fresh_until: Timestamp,
}

impl Documents {
    /// The most key sets that are cached, and failures that are remembered.
    const MOST: usize = 200;

    /// Documents that this fetcher fetches.
    pub fn new(fetcher: Arc<dyn FetchDocument>) -> Self {
        Self { fetcher, key_sets: Mutex::default(), failures: Mutex::default() }
    }

    /// Fetches a document.
    ///
    /// # Errors
    ///
    /// [`NotFetched`] only.
    #[boxed]
    pub async fn fetch(&self, url: &Url) -> Result<Document, NotFetched> {
        self.fetcher.fetch(url, Wanted::Document).await
    }

    /// Fetches the logo of a client.
    ///
    /// # Errors
    ///
    /// [`NotFetched`] only.
    #[boxed]
    pub async fn fetch_logo(&self, url: &Url) -> Result<Document, NotFetched> {
        self.fetcher.fetch(url, Wanted::Logo).await
    }

    /// The cached keys of this URL, if they are fresh and sufficient; keys that were just fetched are sufficient in any case,
    /// so that an unknown key causes at most one fetch per minute.
    pub fn cached_keys(&self, uri: &str, is_enough: impl Fn(&KeySet) -> bool, now: Timestamp) -> Option<Arc<KeySet>> {
        let cached = self.key_sets.lock().unwrap_or_else(PoisonError::into_inner).get(uri).cloned()?;
        let is_new = now < cached.fetched_at.after(LEAST_AGE);
        (now < cached.fresh_until && (is_new || is_enough(&cached.keys))).then_some(cached.keys)
    }

    /// The cached keys of this URL if they are sufficient and were fresh less than `stale` ago.
    pub fn old_keys(
        &self,
        uri: &str,
        is_enough: impl Fn(&KeySet) -> bool,
        stale: Duration,
        now: Timestamp,
    ) -> Option<Arc<KeySet>> {
        let cached = self.key_sets.lock().unwrap_or_else(PoisonError::into_inner).get(uri).cloned()?;
        (now < cached.fresh_until.after(stale) && is_enough(&cached.keys)).then_some(cached.keys)
    }

    /// Notes that this URL could not be fetched.
    pub fn note_failure(&self, url: &str, now: Timestamp) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() >= Self::MOST {
            failures.clear();
        }
        failures.insert(url.to_owned(), now);
    }

    /// Returns whether that was less than a minute ago.
    pub fn failed_just_now(&self, url: &str, now: Timestamp) -> bool {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.get(url).is_some_and(|failed_at| now < failed_at.after(LEAST_AGE))
    }

    /// Caches the keys of a document that was just fetched.
    pub fn cache_keys(&self, uri: &str, keys: KeySet, document: &Document, now: Timestamp) -> Arc<KeySet> {
        let keys = Arc::new(keys);
        let cached = CachedKeys { keys: Arc::clone(&keys), fetched_at: now, fresh_until: document.fresh_until(now) };
        let mut key_sets = self.key_sets.lock().unwrap_or_else(PoisonError::into_inner);
        if key_sets.len() >= Self::MOST {
            key_sets.clear();
        }
        key_sets.insert(uri.to_owned(), cached);
        keys
    }
}

impl Document {
    /// Until when a document that was just fetched is fresh (RFC 9111 §5.2), within bounds.
    pub fn fresh_until(&self, now: Timestamp) -> Timestamp {
        now.after(self.max_age.unwrap_or(DEFAULT_AGE).clamp(LEAST_AGE, GREATEST_AGE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_fresh_as_long_as_its_server_specifies_within_bounds() {
        for (max_age, fresh) in [(None, 3_600), (Some(0), 60), (Some(600), 600), (Some(u64::MAX), 86_400)] {
            let document = Document { body: vec![], max_age: max_age.map(Duration::from_secs) };
            assert_eq!(document.fresh_until(Timestamp::from_seconds(0)).as_seconds(), fresh);
        }
    }
}
