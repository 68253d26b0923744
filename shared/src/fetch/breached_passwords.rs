//! The server that knows the passwords of breaches.

use std::sync::Arc;

use async_recursion::async_recursion as boxed;
use url::Url;

use crate::domain::password::{BreachDigest, Password};
use crate::fetch::{FetchDocument, NotFetched, Wanted};

/// A server with the range API of Have I Been Pwned.
pub struct BreachedPasswords {
    url: Url,
    fetcher: Arc<dyn FetchDocument>,
}

impl BreachedPasswords {
    /// The server whose ranges are below this URL, which ends with a slash.
    pub fn new(url: Url, fetcher: Arc<dyn FetchDocument>) -> Self {
        Self { url, fetcher }
    }

    /// Returns whether a password is known from a breach. The server is told the first five digits of its SHA-1 digest.
    ///
    /// # Errors
    ///
    /// [`NotFetched`] only; its reason does not have these digits.
    #[boxed]
    pub async fn contain(&self, password: &Password) -> Result<bool, NotFetched> {
        let digest = BreachDigest::of(password);
        let url = self.url.join(digest.range()).map_err(|_| NotFetched::Refused("its address is not valid"))?;
        match self.fetcher.fetch(&url, Wanted::BreachedPasswords).await {
            Ok(range) => Ok(digest.is_in(&range.body)),
            // A reason may repeat the address.
            Err(NotFetched::Unreachable(reason)) => {
                Err(NotFetched::Unreachable(reason.replace(digest.range(), "RANGE")))
            }
            Err(refused) => Err(refused),
        }
    }
}
