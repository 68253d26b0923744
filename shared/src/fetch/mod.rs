//! Fetching small public documents whose URLs come from callers: a client's metadata and its keys.
//!
//! A caller could name a URL inside this network, one that never responds or one whose response never ends, so every
//! fetch is bounded (OAuth Client ID Metadata Document §6).

pub mod documents;
pub mod https;
mod special_use;

use std::time::Duration;

use futures_util::future::BoxFuture;
use url::Url;

/// The longest document, in bytes.
pub const LONGEST: usize = 5 * 1024;
/// The timeout of a whole fetch.
pub const PATIENCE: Duration = Duration::from_secs(3);

/// A fetched document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Its contents.
    pub body: Vec<u8>,
    /// How long it may be cached, if its server specifies it (RFC 9111 §5.2).
    pub max_age: Option<Duration>,
}

/// The reason why a document was not fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotFetched {
    /// The fetch is not allowed, or the response is not a document: a retry changes nothing.
    Refused(&'static str),
    /// Its server did not respond, or not successfully: a retry may succeed.
    Unreachable(String),
}

impl NotFetched {
    /// It is longer than [`LONGEST`].
    pub const TOO_LONG: Self = Self::Refused("it is longer than 5 KiB");

    /// The reason, for the client's developer.
    pub fn reason(&self) -> &str {
        match self {
            Self::Refused(reason) => reason,
            Self::Unreachable(reason) => reason,
        }
    }
}

/// A fetcher of documents.
pub trait FetchDocument: Send + Sync {
    /// Fetches the document at this URL: within [`PATIENCE`], at most [`LONGEST`] bytes, with status 200 and as JSON, and
    /// without following redirects.
    fn fetch<'a>(&'a self, url: &'a Url) -> BoxFuture<'a, Result<Document, NotFetched>>;
}

/// Fetches nothing: for functions that need no external documents.
pub struct NoDocuments;

impl FetchDocument for NoDocuments {
    fn fetch<'a>(&'a self, _: &'a Url) -> BoxFuture<'a, Result<Document, NotFetched>> {
        Box::pin(async { Err(NotFetched::Refused("this function fetches no documents")) })
    }
}

/// Cancels a fetch that takes too long.
///
/// # Errors
///
/// Those of the fetch, and [`NotFetched::Unreachable`].
pub async fn within_patience(
    fetch: impl Future<Output = Result<Document, NotFetched>>,
) -> Result<Document, NotFetched> {
    let too_slow = |_| NotFetched::Unreachable(format!("its server took longer than {} s", PATIENCE.as_secs()));
    tokio::time::timeout(PATIENCE, fetch).await.map_err(too_slow)?
}

/// Checks the head of a response before its body is read, and returns how long the document may be cached.
///
/// # Errors
///
/// [`NotFetched`] for any status but 200, and for what is not JSON.
pub fn check_head(
    status: u16,
    content_type: Option<&str>,
    cache_control: Option<&str>,
) -> Result<Option<Duration>, NotFetched> {
    match status {
        200 => {}
        429 | 500..=599 => return Err(NotFetched::Unreachable(format!("its server answered {status}"))),
        _ => return Err(NotFetched::Refused("its server did not answer 200")),
    }
    let media_type = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_json =
        media_type == "application/json" || (media_type.starts_with("application/") && media_type.ends_with("+json"));
    if !is_json {
        return Err(NotFetched::Refused("it is not application/json"));
    }
    Ok(max_age(cache_control.unwrap_or_default()))
}

fn max_age(cache_control: &str) -> Option<Duration> {
    let directives = || cache_control.split(',').map(|directive| directive.trim().to_ascii_lowercase());
    if directives().any(|directive| matches!(directive.as_str(), "no-store" | "no-cache")) {
        return Some(Duration::ZERO);
    }
    let seconds = directives().find_map(|directive| directive.strip_prefix("max-age=")?.trim_matches('"').parse().ok());
    seconds.map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_json_with_status_200_is_a_document() {
        let head = |status, kind: &str| check_head(status, Some(kind), None);
        for kind in ["application/json", "Application/JSON; charset=utf-8", "application/oauth-client+json"] {
            assert_eq!(head(200, kind), Ok(None), "{kind}");
        }
        for (status, kind) in [
            (200, "text/html"),
            (200, "text/json"),
            (200, ""),
            (201, "application/json"),
            (301, "application/json"),
            (404, "application/json"),
        ] {
            assert!(matches!(head(status, kind), Err(NotFetched::Refused(_))), "{status} {kind}");
        }
        assert!(matches!(head(503, "application/json"), Err(NotFetched::Unreachable(_))));
    }

    #[test]
    fn cache_headers_limit_how_long_a_document_is_cached() {
        for (header, seconds) in [
            ("max-age=60", Some(60)),
            ("public, Max-Age=86400", Some(86_400)),
            ("max-age=60, no-store", Some(0)),
            ("no-cache", Some(0)),
            ("max-age=-1", None),
            ("max-age=99999999999999999999999", None),
            ("public", None),
            ("", None),
        ] {
            assert_eq!(max_age(header), seconds.map(Duration::from_secs), "{header}");
        }
    }

    proptest! {
        #[test]
        fn no_head_breaks_the_reader(status: u16, kind in "\\PC{0,40}", cache in "\\PC{0,40}") {
            let _ = check_head(status, Some(&kind), Some(&cache));
        }
    }
}
