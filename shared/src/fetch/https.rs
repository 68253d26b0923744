//! The production fetcher: over HTTPS, and from the public internet only.

use std::net::SocketAddr;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use hyper::body::Incoming;
use lambda_http::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, USER_AGENT};
use lambda_http::http::{HeaderMap, Request, Response};
use url::{Host, Url};

use super::post::{LONGEST_ANSWER, PostMessage, Posted};
use super::special_use::is_public;
use super::{Document, FetchDocument, NotFetched, Wanted, check_head, within_patience};
use crate::fault::Chain;
use crate::net::connection::{Connection, Failed, Origin};
use crate::net::tls::{Tls, Trust};

/// What requests call themselves.
const AGENT: &str = concat!("driftwood/", env!("CARGO_PKG_VERSION"));

/// Fetches documents over HTTPS. The connection uses the address that was checked, so a name that changes between check
/// and connection (DNS rebinding) has no effect. Every fetch has a connection of its own.
pub struct HttpsFetcher(Tls);

impl Default for HttpsFetcher {
    fn default() -> Self {
        Self(Tls::new(Trust::Machine))
    }
}

impl HttpsFetcher {
    /// Sends a request over a connection of its own.
    async fn send(&self, url: &Url, request: Request<Bytes>) -> Result<(Connection, Response<Incoming>), NotFetched> {
        if url.scheme() != "https" {
            return Err(NotFetched::Refused("its address is not https"));
        }
        let addresses = public_addresses(url).await?;
        let (origin, request) = Origin::of(request).map_err(unreachable)?;
        let tls = self.0.connector().map_err(|cause| unreachable(Failed::Broken(cause)))?;
        let mut connection = Connection::open(&origin, &addresses, Some(tls)).await.map_err(unreachable)?;
        let response = connection.send(request).await.map_err(|unanswered| unreachable(unanswered.into()))?;
        Ok((connection, response))
    }

    async fn get(&self, url: &Url, wanted: Wanted) -> Result<Document, NotFetched> {
        let (mut connection, response) = self.send(url, request(url, wanted)?).await?;
        let (head, body) = response.into_parts();
        let header = |name: HeaderName| head.headers.get(name).and_then(|value| value.to_str().ok());
        // Redirects are not followed, and are not documents.
        let max_age = check_head(wanted, head.status.as_u16(), header(CONTENT_TYPE), header(CACHE_CONTROL))?;
        match connection.read(body, wanted.longest()).await {
            Ok(body) => Ok(Document { body: body.to_vec(), max_age }),
            Err(Failed::TooLong) => Err(wanted.too_long()),
            Err(failed) => Err(unreachable(failed)),
        }
    }
}

fn unreachable(failed: Failed) -> NotFetched {
    NotFetched::Unreachable(Chain(&failed).to_string())
}

impl PostMessage for HttpsFetcher {
    fn post<'a>(&'a self, url: &'a Url, headers: HeaderMap, body: Bytes) -> BoxFuture<'a, Result<Posted, NotFetched>> {
        Box::pin(async move {
            let mut request = Request::post(url.as_str()).header(USER_AGENT, AGENT);
            if let Some(all) = request.headers_mut() {
                all.extend(headers);
            }
            let request = request.body(body).map_err(|_| NotFetched::Refused("its address is not valid"))?;
            let (mut connection, response) = self.send(url, request).await?;
            let (head, body) = response.into_parts();
            let body = match connection.read(body, LONGEST_ANSWER).await {
                Ok(body) => body,
                // The status says everything.
                Err(Failed::TooLong) => Bytes::new(),
                Err(failed) => return Err(unreachable(failed)),
            };
            Ok(Posted { status: head.status.as_u16(), body })
        })
    }
}

impl FetchDocument for HttpsFetcher {
    fn fetch<'a>(&'a self, url: &'a Url, wanted: Wanted) -> BoxFuture<'a, Result<Document, NotFetched>> {
        Box::pin(within_patience(wanted, self.get(url, wanted)))
    }
}

fn request(url: &Url, wanted: Wanted) -> Result<Request<Bytes>, NotFetched> {
    let mut request = Request::get(url.as_str());
    for (name, value) in wanted.headers() {
        request = request.header(*name, *value);
    }
    let request = request.header(USER_AGENT, AGENT).body(Bytes::new());
    request.map_err(|_| NotFetched::Refused("its address is not valid"))
}

/// The addresses of a document's server, all of the public internet. A host with any other address is refused.
async fn public_addresses(url: &Url) -> Result<Vec<SocketAddr>, NotFetched> {
    let port = url.port_or_known_default().unwrap_or(443);
    let addresses: Vec<SocketAddr> = match url.host() {
        Some(Host::Ipv4(v4)) => vec![(v4, port).into()],
        Some(Host::Ipv6(v6)) => vec![(v6, port).into()],
        Some(Host::Domain(name)) => {
            let found = tokio::net::lookup_host((name, port)).await;
            found.map_err(|error| NotFetched::Unreachable(error.to_string()))?.collect()
        }
        None => vec![],
    };
    if addresses.is_empty() || addresses.iter().any(|address| !is_public(address.ip())) {
        return Err(NotFetched::Refused("its host is not on the public internet"));
    }
    Ok(addresses)
}
