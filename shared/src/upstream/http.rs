//! HTTP requests to the upstream provider: bounded in time and length, and without following redirects.
//!
//! The operator configures the provider, so it may be inside the operator's own network; the URLs are those of its metadata,
//! which [`Metadata`](crate::domain::upstream::metadata::Metadata) has checked.

use std::time::Duration;

use async_recursion::async_recursion as boxed;
use bytes::Bytes;
use lambda_http::http::Request;
use lambda_http::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use url::Url;

use crate::domain::crypto::secret::Secret;
use crate::fault::Chain;
use crate::fetch::NotFetched;
use crate::net::connection::Failed;
use crate::net::pool::Pool;
use crate::net::tls::Trust;

/// The longest response, in bytes: metadata and key sets of large providers have tens of kilobytes.
const LONGEST: usize = 256 * 1024;
/// The timeout of one request.
const PATIENCE: Duration = Duration::from_secs(3);

/// A response of the provider, with any status below 500 but 429.
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its media type in lower case, without parameters; empty if it has none.
    pub media_type: String,
    /// Its contents.
    pub body: Vec<u8>,
}

/// The HTTP client for the provider, which trusts the machine's root certificates.
pub struct ProviderHttp(Pool);

impl Default for ProviderHttp {
    fn default() -> Self {
        Self(Pool::new(Trust::Machine))
    }
}

impl ProviderHttp {
    /// Reads from this URL, with this value of the header `Authorization`, if there is one.
    ///
    /// # Errors
    ///
    /// [`NotFetched`] only.
    #[boxed]
    pub async fn get(&self, url: &Url, authorization: Option<&Secret>) -> Result<Answer, NotFetched> {
        self.send(Request::get(url.as_str()), authorization, String::new()).await
    }

    /// Sends a form to this URL.
    ///
    /// # Errors
    ///
    /// [`NotFetched`] only.
    #[boxed]
    pub async fn post(&self, url: &Url, authorization: Option<&Secret>, form: String) -> Result<Answer, NotFetched> {
        let request = Request::post(url.as_str()).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request, authorization, form).await
    }

    async fn send(
        &self,
        request: lambda_http::http::request::Builder,
        authorization: Option<&Secret>,
        body: String,
    ) -> Result<Answer, NotFetched> {
        let mut request = request
            .header(USER_AGENT, concat!("driftwood/", env!("CARGO_PKG_VERSION")))
            .header(ACCEPT, "application/json");
        if let Some(value) = authorization {
            request = request.header(AUTHORIZATION, value.expose());
        }
        let request = request.body(Bytes::from(body));
        let request = request.map_err(|_| NotFetched::Refused("the request cannot be sent"))?;
        let too_slow = |_| NotFetched::Unreachable(format!("it took longer than {} s", PATIENCE.as_secs()));
        tokio::time::timeout(PATIENCE, self.exchange(request)).await.map_err(too_slow)?
    }

    async fn exchange(&self, request: Request<Bytes>) -> Result<Answer, NotFetched> {
        let response = self.0.exchange(request, LONGEST).await.map_err(|failed| match failed {
            Failed::TooLong => NotFetched::Refused("its response is longer than 256 KiB"),
            Failed::Broken(_) => NotFetched::Unreachable(Chain(&failed).to_string()),
        })?;
        // Redirects are not followed, and are not successful responses.
        let status = response.status().as_u16();
        if status == 429 || status >= 500 {
            return Err(NotFetched::Unreachable(format!("it answered {status}")));
        }
        let media_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let media_type = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        Ok(Answer { status, media_type, body: response.into_body().to_vec() })
    }
}

impl Answer {
    /// Returns the contents of a document: of a response with status 200 that is no page for people, as misconfigured
    /// addresses and portals in between send it.
    ///
    /// # Errors
    ///
    /// The sentence to log.
    pub fn document(&self) -> Result<&[u8], String> {
        if self.status != 200 {
            return Err(format!("the status is {}", self.status));
        }
        if self.media_type.contains("html") {
            return Err("it is a page, not JSON".to_owned());
        }
        Ok(&self.body)
    }
}
