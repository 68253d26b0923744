//! `--fetch-map`: documents of some hosts come from this machine, so that a client's metadata can be tried out before it is
//! published. A deployment does not have it.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::http::HeaderMap;
use futures_util::future::BoxFuture;
use shared::fetch::post::{PostMessage, Posted};
use shared::fetch::{Document, FetchDocument, NotFetched, Wanted, check_head, within_patience};
use url::{Host, Url};

/// The mapped hosts: `https://HOST` to `http://127.0.0.1:PORT`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FetchMap(BTreeMap<String, Url>);

/// One host and its replacement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappedHost {
    origin: String,
    target: Url,
}

impl MappedHost {
    /// Parses `https://HOST=http://127.0.0.1:PORT`.
    ///
    /// # Errors
    ///
    /// The mistake, as a sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        let form = "it must look like https://HOST=http://127.0.0.1:PORT";
        let (from, to) = text.split_once('=').ok_or(form)?;
        let (from, target) = (Url::parse(from).map_err(|_| form)?, Url::parse(to).map_err(|_| form)?);
        let is_loopback = match target.host() {
            Some(Host::Ipv4(v4)) => v4.is_loopback(),
            Some(Host::Ipv6(v6)) => v6.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => false,
        };
        if from.scheme() != "https" || from.path() != "/" {
            return Err(form.to_owned());
        }
        if target.scheme() != "http" || target.path() != "/" || !is_loopback {
            return Err(format!("{form}: only a port of this machine can replace a host"));
        }
        Ok(Self { origin: from.origin().ascii_serialization(), target })
    }
}

impl FromIterator<MappedHost> for FetchMap {
    fn from_iter<T: IntoIterator<Item = MappedHost>>(hosts: T) -> Self {
        Self(hosts.into_iter().map(|MappedHost { origin, target }| (origin, target)).collect())
    }
}

impl FetchMap {
    /// The address from which a document is fetched, if its host is mapped.
    fn target(&self, url: &Url) -> Option<Url> {
        let mut target = self.0.get(&url.origin().ascii_serialization())?.clone();
        target.set_path(url.path());
        target.set_query(url.query());
        Some(target)
    }
}

/// Fetches documents of mapped hosts from this machine, and all others like a deployment.
pub struct MappedFetcher {
    map: FetchMap,
    http: reqwest::Client,
    others: Arc<dyn FetchDocument>,
}

impl MappedFetcher {
    /// A fetcher with this map.
    ///
    /// # Errors
    ///
    /// When the HTTP client cannot be created.
    pub fn new(map: FetchMap, others: Arc<dyn FetchDocument>) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build()?;
        Ok(Self { map, http, others })
    }

    async fn get(&self, url: Url, wanted: Wanted) -> Result<Document, NotFetched> {
        let unreachable = |error: reqwest::Error| NotFetched::Unreachable(error.to_string());
        let request =
            wanted.headers().iter().fold(self.http.get(url), |request, (name, value)| request.header(*name, *value));
        let mut response = request.send().await.map_err(unreachable)?;
        let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
        let max_age = check_head(wanted, response.status().as_u16(), header("content-type"), header("cache-control"))?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
            body.extend_from_slice(&chunk);
            if body.len() > wanted.longest() {
                return Err(wanted.too_long());
            }
        }
        Ok(Document { body, max_age })
    }
}

impl FetchDocument for MappedFetcher {
    fn fetch<'a>(&'a self, url: &'a Url, wanted: Wanted) -> BoxFuture<'a, Result<Document, NotFetched>> {
        match self.map.target(url) {
            Some(target) => Box::pin(within_patience(wanted, self.get(target, wanted))),
            None => self.others.fetch(url, wanted),
        }
    }
}

/// Posts to mapped hosts on this machine, and to all others by another way.
pub struct MappedPost {
    map: FetchMap,
    http: reqwest::Client,
    others: Arc<dyn PostMessage>,
}

impl MappedPost {
    /// A way to the internet with this map, and another for hosts that are not in it.
    ///
    /// # Errors
    ///
    /// When the HTTP client cannot be created.
    pub fn new(map: FetchMap, others: Arc<dyn PostMessage>) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build()?;
        Ok(Self { map, http, others })
    }
}

impl PostMessage for MappedPost {
    fn post<'a>(&'a self, url: &'a Url, headers: HeaderMap, body: Bytes) -> BoxFuture<'a, Result<Posted, NotFetched>> {
        let Some(target) = self.map.target(url) else { return self.others.post(url, headers, body) };
        Box::pin(async move {
            let unreachable = |error: reqwest::Error| NotFetched::Unreachable(error.to_string());
            let response = self.http.post(target).headers(headers).body(body).send().await.map_err(unreachable)?;
            let status = response.status().as_u16();
            Ok(Posted { status, body: response.bytes().await.map_err(unreachable)? })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_leads_to_a_port_of_this_machine_and_to_nothing_else() {
        let hosts = ["https://app.example=http://127.0.0.1:9000", "https://other.example:8443=http://[::1]:9001"];
        let map: FetchMap = hosts.into_iter().map(|host| MappedHost::parse(host).unwrap()).collect();
        let target = |url: &str| map.target(&Url::parse(url).unwrap()).map(String::from);
        assert_eq!(target("https://app.example/a/b?c").as_deref(), Some("http://127.0.0.1:9000/a/b?c"));
        assert_eq!(target("https://other.example:8443/").as_deref(), Some("http://[::1]:9001/"));
        assert_eq!(target("https://other.example/"), None);
        for bad in [
            "",
            "https://app.example",
            "http://app.example=http://127.0.0.1:1",
            "https://app.example/x=http://127.0.0.1:1",
            "https://app.example=https://127.0.0.1:1",
            "https://app.example=http://10.0.0.1:1",
            "https://app.example=http://internal.example",
            "https://app.example=http://127.0.0.1.evil.example",
        ] {
            assert!(MappedHost::parse(bad).is_err(), "{bad}");
        }
    }
}
