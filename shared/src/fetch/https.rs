//! The production fetcher: over HTTPS, and from the public internet only.

use std::sync::OnceLock;

use aws_smithy_http_client::{Connector, tls};
use aws_smithy_runtime_api::client::dns::{DnsFuture, ResolveDns, ResolveDnsError};
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use futures_util::future::BoxFuture;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use url::{Host, Url};

use super::special_use::is_public;
use super::{Document, FetchDocument, NotFetched, Wanted, check_head, within_patience};

/// Fetches documents over HTTPS. The connection uses the address that was checked, so a name that changes between check
/// and connection (DNS rebinding) has no effect. Every fetch has a connection of its own.
#[derive(Default)]
pub struct HttpsFetcher(OnceLock<Connector>);

impl HttpsFetcher {
    /// Trusts the machine's root certificates. Loading them takes longer than the rest of a cold start, so it happens at the
    /// first fetch.
    fn connector(&self) -> &Connector {
        self.0.get_or_init(|| {
            let provider = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::AwsLc);
            let builder = Connector::builder().tls_provider(provider).pool_max_idle_per_host(0);
            builder.build_with_resolver(PublicAddresses)
        })
    }

    async fn get(&self, url: &Url, wanted: Wanted) -> Result<Document, NotFetched> {
        if url.scheme() != "https" {
            return Err(NotFetched::Refused("its address is not https"));
        }
        // A name is checked when it is resolved; an IP address needs no resolver, so it is checked here.
        let is_special = match url.host() {
            Some(Host::Ipv4(v4)) => !is_public(v4.into()),
            Some(Host::Ipv6(v6)) => !is_public(v6.into()),
            Some(Host::Domain(_)) => false,
            None => true,
        };
        if is_special {
            return Err(NotFetched::Refused(SPECIAL_USE));
        }
        let response = self.connector().call(request(url, wanted)?).await.map_err(|error| {
            let error = crate::fault::Chain(&error).to_string();
            // A refusal of the resolver is one of the sources of the error.
            if error.contains(SPECIAL_USE) { NotFetched::Refused(SPECIAL_USE) } else { NotFetched::Unreachable(error) }
        })?;
        read(response, wanted).await
    }
}

impl FetchDocument for HttpsFetcher {
    fn fetch<'a>(&'a self, url: &'a Url, wanted: Wanted) -> BoxFuture<'a, Result<Document, NotFetched>> {
        Box::pin(within_patience(wanted, self.get(url, wanted)))
    }
}

fn request(url: &Url, wanted: Wanted) -> Result<HttpRequest, NotFetched> {
    let mut request = HttpRequest::get(url.as_str()).map_err(|_| NotFetched::Refused("its address is not valid"))?;
    for (name, value) in wanted.headers() {
        request.headers_mut().insert(*name, *value);
    }
    request.headers_mut().insert("user-agent", concat!("driftwood/", env!("CARGO_PKG_VERSION")));
    Ok(request)
}

/// Reads a response up to the longest allowed length. Redirects are not followed, and are not documents.
async fn read(mut response: HttpResponse, wanted: Wanted) -> Result<Document, NotFetched> {
    let header = |name| response.headers().get(name);
    let max_age = check_head(wanted, response.status().as_u16(), header("content-type"), header("cache-control"))?;
    let body = Limited::new(response.take_body(), wanted.longest()).collect().await.map_err(|error| {
        if error.is::<LengthLimitError>() { wanted.too_long() } else { NotFetched::Unreachable(error.to_string()) }
    })?;
    Ok(Document { body: body.to_bytes().to_vec(), max_age })
}

const SPECIAL_USE: &str = "its host is not on the public internet";

/// Resolves names to addresses of the public internet. A name with any other address is refused.
#[derive(Clone, Debug)]
struct PublicAddresses;

impl ResolveDns for PublicAddresses {
    fn resolve_dns<'a>(&'a self, name: &'a str) -> DnsFuture<'a> {
        DnsFuture::new(async move {
            let found = tokio::net::lookup_host((name, 443)).await.map_err(ResolveDnsError::new)?;
            let addresses: Vec<_> = found.map(|address| address.ip()).collect();
            if addresses.is_empty() || addresses.iter().any(|address| !is_public(*address)) {
                return Err(ResolveDnsError::new(SPECIAL_USE));
            }
            Ok(addresses)
        })
    }
}
