//! HTTP requests to the upstream provider: bounded in time and length, and without following redirects.
//!
//! The operator configures the provider, so it may be inside the operator's own network; the same rules apply to the URLs
//! in its metadata.

use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use aws_smithy_http_client::{Connector, tls};
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use futures_util::future::BoxFuture;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use openidconnect::{AsyncHttpClient, HttpRequest as Asked, HttpResponse as Answered};
use url::Url;

use crate::domain::upstream::provider::is_loopback;

/// The longest response, in bytes: metadata and key sets of large providers have tens of kilobytes.
const LONGEST: usize = 256 * 1024;
/// The timeout of one request.
const PATIENCE: Duration = Duration::from_secs(3);

/// The reason why there is no response.
#[derive(Debug, PartialEq, Eq)]
pub enum NoAnswer {
    /// The request is not allowed, or the response cannot be read: a retry changes nothing.
    Refused(&'static str),
    /// The provider did not respond: a retry may succeed.
    Unreachable(String),
}

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(reason) => f.write_str(reason),
            Self::Unreachable(reason) => f.write_str(reason),
        }
    }
}

impl std::error::Error for NoAnswer {}

/// The HTTP client for the provider.
#[derive(Default)]
pub struct ProviderHttp {
    /// Whether the provider is on this machine, where plain HTTP is allowed.
    is_local: bool,
    connector: OnceLock<Connector>,
}

impl ProviderHttp {
    /// A client for the provider with this issuer; nothing is sent yet.
    pub fn new(issuer: &Url) -> Self {
        Self { is_local: is_loopback(issuer), connector: OnceLock::new() }
    }

    /// Trusts the machine's root certificates. Loading them takes longer than the rest of a cold start, so it happens at the
    /// first request.
    fn connector(&self) -> &Connector {
        self.connector.get_or_init(|| {
            let provider = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::AwsLc);
            Connector::builder().tls_provider(provider).build()
        })
    }

    async fn send(&self, asked: Asked) -> Result<Answered, NoAnswer> {
        if !self.may_ask(&asked.uri().to_string()) {
            return Err(NoAnswer::Refused("its address is not https"));
        }
        let asked = asked.map(Into::into);
        let mut asked = HttpRequest::try_from(asked).map_err(|_| NoAnswer::Refused("its address is not valid"))?;
        asked.headers_mut().insert("user-agent", concat!("driftwood/", env!("CARGO_PKG_VERSION")));
        let unreachable = |error: &dyn fmt::Display| NoAnswer::Unreachable(error.to_string());
        let answer = self.connector().call(asked).await;
        let answer = answer.map_err(|error| unreachable(&crate::fault::Chain(&error)))?;
        let answer = answer.try_into_http1x().map_err(|_| NoAnswer::Refused("its response has invalid headers"))?;
        // Redirects are not followed, and are not successful responses.
        if let status @ (429 | 500..) = answer.status().as_u16() {
            return Err(NoAnswer::Unreachable(format!("it answered {status}")));
        }
        let (parts, body) = answer.into_parts();
        let body = Limited::new(body, LONGEST).collect().await.map_err(|error| {
            if error.is::<LengthLimitError>() {
                NoAnswer::Refused("its response is longer than 256 KiB")
            } else {
                unreachable(&error)
            }
        })?;
        Ok(Answered::from_parts(parts, body.to_bytes().to_vec()))
    }

    fn may_ask(&self, address: &str) -> bool {
        Url::parse(address).is_ok_and(|url| url.scheme() == "https" || (self.is_local && is_loopback(&url)))
    }
}

impl<'c> AsyncHttpClient<'c> for ProviderHttp {
    type Error = NoAnswer;
    type Future = BoxFuture<'c, Result<Answered, NoAnswer>>;

    fn call(&'c self, asked: Asked) -> Self::Future {
        Box::pin(async {
            let too_slow = |_| NoAnswer::Unreachable(format!("it took longer than {} s", PATIENCE.as_secs()));
            tokio::time::timeout(PATIENCE, self.send(asked)).await.map_err(too_slow)?
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_requests_from_a_local_provider_to_this_machine_may_omit_tls() {
        let client = |issuer: &str| ProviderHttp::new(&Url::parse(issuer).unwrap());
        let (local, remote) = (client("http://127.0.0.1:8788"), client("https://accounts.example"));
        for address in ["http://127.0.0.1:1/jwks", "http://localhost/jwks", "http://[::1]:9/jwks"] {
            assert!(local.may_ask(address) && !remote.may_ask(address), "{address}");
        }
        for address in ["http://10.0.0.1/jwks", "http://jwks.example/", "ftp://127.0.0.1/", "/jwks"] {
            assert!(!local.may_ask(address) && !remote.may_ask(address), "{address}");
        }
        assert!(local.may_ask("https://jwks.example/") && remote.may_ask("https://10.0.0.1/jwks"));
    }
}
