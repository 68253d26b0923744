//! What the pages for developers have in common. No deployment has these pages.

use std::net::{Ipv4Addr, Ipv6Addr};

use aws_lc_rs::digest;
use axum::body::Body;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, Method, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use shared::domain::types::timestamp::Timestamp;

/// How often a page with a list is reloaded, in seconds.
pub const REFRESH: &str = "5";
/// Reloads a page as often, but not while a reader has unfolded a part of it, which a reload would fold again.
const RELOAD_WHILE_FOLDED: &str =
    "setInterval(() => document.querySelector(\"details[open]\") || location.reload(), 5000)";

/// When a page is reloaded.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Reload {
    /// Never.
    Never,
    /// Every [`REFRESH`] seconds.
    Always,
    /// Every [`REFRESH`] seconds in which no part of it is unfolded.
    WhileFolded,
}

/// A page.
pub struct Page<'p> {
    /// The title of its tab.
    pub title: &'p str,
    /// Its style sheet.
    pub style: &'p str,
    /// When it is reloaded.
    pub reload: Reload,
    /// What it shows.
    pub content: &'p Markup,
}

impl Page<'_> {
    /// The page as a response, which has no style and runs no script but its own.
    pub fn response(&self) -> Response<Body> {
        let html = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    @match self.reload {
                        Reload::Never => {}
                        Reload::Always => { meta http-equiv="refresh" content=(REFRESH); }
                        Reload::WhileFolded => { script { (PreEscaped(RELOAD_WHILE_FOLDED)) } }
                    }
                    title { (self.title) }
                    style { (PreEscaped(self.style)) }
                }
                body { main { (self.content) } }
            }
        };
        answer("text/html; charset=utf-8", Some(self.policy()), html.0)
    }

    fn policy(&self) -> HeaderValue {
        let script = match self.reload {
            Reload::WhileFolded => format!("script-src '{}'; ", hash(RELOAD_WHILE_FOLDED)),
            Reload::Never | Reload::Always => String::new(),
        };
        let style = hash(self.style);
        let policy = format!(
            "default-src 'none'; {script}style-src '{style}'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        );
        // A hash in Base64 is always a header's value.
        HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
    }
}

/// What a policy allows the text by.
fn hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(digest::digest(&digest::SHA256, text.as_bytes())))
}

/// A response that no cache stores.
pub fn answer(kind: &'static str, policy: Option<HeaderValue>, body: String) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.extend(policy.map(|policy| (CONTENT_SECURITY_POLICY, policy)));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Whether a request reads, and names this machine as its host.
pub fn is_asked_by_this_machine(request: &Parts) -> bool {
    matches!(request.method, Method::GET | Method::HEAD) && is_of_this_machine(&request.headers)
}

fn is_of_this_machine(headers: &HeaderMap) -> bool {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()?.parse::<Authority>().ok());
    host.is_some_and(|host| match host.host().trim_matches(['[', ']']) {
        "localhost" => true,
        address => {
            address.parse().is_ok_and(|address: Ipv4Addr| address.is_loopback())
                || address.parse().is_ok_and(|address: Ipv6Addr| address.is_loopback())
        }
    })
}

/// The first parameter of a query with this name.
pub fn parameter(query: &str, name: &str) -> Option<String> {
    url::form_urlencoded::parse(query.as_bytes()).find(|(given, _)| given == name).map(|(_, value)| value.into_owned())
}

/// A time.
pub fn time(at: Timestamp) -> Markup {
    let at = at.to_rfc3339();
    html! { time datetime=(at) { (at.replace('T', " ").replace('Z', " UTC")) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_shown_to(host: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::try_from(host).unwrap());
        is_of_this_machine(&headers)
    }

    #[test]
    fn only_names_of_this_machine_see_these_pages() {
        for own in ["127.0.0.1:8788", "localhost:8788", "localhost", "[::1]:8788", "127.0.0.2"] {
            assert!(is_shown_to(own), "{own}");
        }
        for foreign in ["tunnel.example", "127.0.0.1.example:8788", "localhost.example", "192.0.2.1", ""] {
            assert!(!is_shown_to(foreign), "{foreign}");
        }
        assert!(!is_of_this_machine(&HeaderMap::new()));
    }
}
