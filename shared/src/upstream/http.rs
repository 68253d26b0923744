//! HTTP to the provider: bounded in time and length, and without following redirects.
//!
//! The operator names the provider, so it may be inside of our own network; what its metadata names is held to the same rules.

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

/// The longest answer, in bytes: metadata and key sets of large providers have tens of kilobytes.
const LONGEST: usize = 256 * 1024;
/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(3);

/// ApprovalKind there is no answer.
#[derive(Debug, PartialEq, Eq)]
pub enum NoAnswer {
    /// It may not be asked for, or cannot be read: trying again changes nothing.
    Refused(&'static str),
    /// There was none, as there might be in a moment.
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

/// Asks the provider.
#[derive(Default)]
pub struct ProviderHttp {
    /// Whether the provider is on this machine, where nothing is encrypted.
    is_local: bool,
    connector: OnceLock<Connector>,
}

impl ProviderHttp {
    /// A client for the provider at this address; nothing is sent yet.
    pub fn new(issuer: &Url) -> Self {
        Self { is_local: is_loopback(issuer), connector: OnceLock::new() }
    }

    /// Trusts whom the machine trusts. Reading whom that is takes longer than the rest of a cold start, so it waits for the
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
        let mut asked = HttpRequest::try_from(asked).map_err(|_| NoAnswer::Refused("its address cannot be asked"))?;
        asked.headers_mut().insert("user-agent", concat!("driftwood/", env!("CARGO_PKG_VERSION")));
        let unreachable = |error: &dyn fmt::Display| NoAnswer::Unreachable(error.to_string());
        let answer = self.connector().call(asked).await;
        let answer = answer.map_err(|error| unreachable(&crate::fault::Chain(&error)))?;
        let answer = answer.try_into_http1x().map_err(|_| NoAnswer::Refused("its answer has impossible headers"))?;
        // Redirects are answers like any other, and no good ones.
        if let status @ (429 | 500..) = answer.status().as_u16() {
            return Err(NoAnswer::Unreachable(format!("it answered {status}")));
        }
        let (parts, body) = answer.into_parts();
        let body = Limited::new(body, LONGEST).collect().await.map_err(|error| {
            if error.is::<LengthLimitError>() {
                NoAnswer::Refused("its answer is longer than 256 KiB")
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
    fn only_a_provider_on_this_machine_is_asked_without_tls_and_then_nobody_else() {
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
