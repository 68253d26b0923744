//! Fetching small public documents: a client's metadata and its keys, whose URLs come from callers, and breached passwords.
//!
//! A caller could name a URL inside this network, one that never responds or one whose response never ends, so every
//! fetch is bounded (OAuth Client ID Metadata Document §6).

pub mod breached_passwords;
pub mod documents;
pub mod https;
pub mod post;
mod special_use;

use std::time::Duration;

use futures_util::future::BoxFuture;
use url::Url;

use crate::domain::client::logo::Logo;

/// What is fetched, which says how it is requested and within which bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// A document of a client, or its keys, as JSON.
    Document,
    /// A range of breached passwords, as text: some 1,000 lines of 40 bytes.
    BreachedPasswords,
    /// The logo of a client, as an image that an operator waits for.
    Logo,
}

impl Wanted {
    /// The headers of the request.
    pub const fn headers(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Document => &[("accept", "application/json")],
            // Padding hides from the network how long the range is, and so which one.
            Self::BreachedPasswords => &[("accept", "text/plain"), ("add-padding", "true")],
            Self::Logo => &[("accept", "image/png, image/jpeg, image/webp")],
        }
    }

    /// The longest response, in bytes.
    pub const fn longest(self) -> usize {
        match self {
            Self::Document => 5 * 1024,
            Self::BreachedPasswords => 128 * 1024,
            Self::Logo => Logo::LONGEST,
        }
    }

    /// The timeout of a whole fetch. A user waits for a range, and can do without.
    pub const fn patience(self) -> Duration {
        match self {
            Self::Document | Self::Logo => Duration::from_secs(3),
            Self::BreachedPasswords => Duration::from_secs(1),
        }
    }

    /// The refusal of a longer response.
    pub const fn too_long(self) -> NotFetched {
        NotFetched::Refused(match self {
            Self::Document => "it is longer than 5 KiB",
            Self::BreachedPasswords => "it is longer than 128 KiB",
            Self::Logo => "it is longer than 64 KiB",
        })
    }

    /// Checks the type of a response.
    fn check_type(self, media_type: &str) -> Result<(), NotFetched> {
        match self {
            Self::Document if media_type == "application/json" => Ok(()),
            Self::Document if media_type.starts_with("application/") && media_type.ends_with("+json") => Ok(()),
            Self::Document => Err(NotFetched::Refused("it is not application/json")),
            Self::BreachedPasswords if media_type == "text/plain" => Ok(()),
            Self::BreachedPasswords => Err(NotFetched::Refused("it is not text/plain")),
            // What it is, its bytes say.
            Self::Logo => Ok(()),
        }
    }
}

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
    /// Fetches the document at this URL: in time, of a bounded length, with status 200 and of the wanted type, and without
    /// following redirects.
    fn fetch<'a>(&'a self, url: &'a Url, wanted: Wanted) -> BoxFuture<'a, Result<Document, NotFetched>>;
}

/// Fetches nothing: for functions that need no external documents.
pub struct NoDocuments;

impl FetchDocument for NoDocuments {
    fn fetch<'a>(&'a self, _: &'a Url, _: Wanted) -> BoxFuture<'a, Result<Document, NotFetched>> {
        Box::pin(async { Err(NotFetched::Refused("this function fetches no documents")) })
    }
}

/// Cancels a fetch that takes too long.
///
/// # Errors
///
/// Those of the fetch, and [`NotFetched::Unreachable`].
pub async fn within_patience(
    wanted: Wanted,
    fetch: impl Future<Output = Result<Document, NotFetched>>,
) -> Result<Document, NotFetched> {
    let patience = wanted.patience();
    let too_slow = |_| NotFetched::Unreachable(format!("its server took longer than {} s", patience.as_secs()));
    tokio::time::timeout(patience, fetch).await.map_err(too_slow)?
}

/// Checks the head of a response before its body is read, and returns how long the document may be cached.
///
/// # Errors
///
/// [`NotFetched`] for any status but 200, and for another type than the wanted one.
pub fn check_head(
    wanted: Wanted,
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
    wanted.check_type(&media_type)?;
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
        let head = |status, kind: &str| check_head(Wanted::Document, status, Some(kind), None);
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
        let range = |kind| check_head(Wanted::BreachedPasswords, 200, Some(kind), None);
        assert_eq!(range("text/plain; charset=utf-8"), Ok(None));
        assert!(range("text/html").is_err() && range("application/json").is_err());
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
            let _ = check_head(Wanted::Document, status, Some(&kind), Some(&cache));
            let _ = check_head(Wanted::BreachedPasswords, status, Some(&kind), Some(&cache));
        }
    }
}
