//! Cookies: three of them, and nothing else is stored in a browser.

use std::time::Duration;

use lambda_http::http::HeaderValue;
use lambda_http::http::header::{COOKIE, SET_COOKIE};

use crate::domain::rate_limit::KNOWN;
use crate::domain::session::browser_token::BrowserToken;
use crate::domain::session::known_browser::KnownBrowser;
use crate::http::reply::Response;
use crate::http::request::Head;

/// A cookie of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cookie {
    /// The session of the user who signed in here.
    Session,
    /// Which browser it is, so that a form is valid only where it was shown.
    Browser,
    /// That users signed in here before, so that guesses from elsewhere do not lock them out.
    KnownBrowser,
}

/// How cookies are named and marked for an issuer.
#[derive(Clone, Copy, Debug)]
pub struct Cookies {
    is_secure: bool,
}

impl Cookies {
    /// The cookies of this issuer. Over plain HTTP, which is a laptop's loopback, browsers accept no `Secure` cookies
    /// everywhere, and so none with the prefix `__Host-`.
    pub fn of(issuer: &str) -> Self {
        Self { is_secure: issuer.starts_with("https://") }
    }

    /// The name of a cookie.
    pub fn name(self, cookie: Cookie) -> &'static str {
        match (cookie, self.is_secure) {
            (Cookie::Session, true) => "__Host-dw-sid",
            (Cookie::Session, false) => "dw-sid",
            (Cookie::Browser, true) => "__Host-dw-browser",
            (Cookie::Browser, false) => "dw-browser",
            (Cookie::KnownBrowser, true) => "__Host-dw-known",
            (Cookie::KnownBrowser, false) => "dw-known",
        }
    }

    /// A cookie's value. A duplicated cookie counts as none: another site planted one of the two.
    pub fn read(self, head: &Head, cookie: Cookie) -> Option<&str> {
        let headers = head.headers.get_all(COOKIE).iter().filter_map(|header| header.to_str().ok());
        let pairs = headers.flat_map(|header| header.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let mut values = pairs.filter(|(name, _)| *name == self.name(cookie)).map(|(_, value)| value);
        values.next().filter(|_| values.next().is_none())
    }

    /// The token of the session cookie, until the table confirms it.
    pub fn browser_token(self, head: &Head) -> Option<BrowserToken> {
        BrowserToken::parse(self.read(head, Cookie::Session)?)
    }

    /// The browser as users signed in in it before.
    pub fn known_browser(self, head: &Head) -> Option<KnownBrowser> {
        KnownBrowser::parse(self.read(head, Cookie::KnownBrowser)?)
    }

    /// Sets a cookie, for as long as the browser runs or for `max_age`.
    pub fn set(self, response: &mut Response, cookie: Cookie, value: &str, max_age: Option<Duration>) {
        let secure = if self.is_secure { "; Secure" } else { "" };
        let max_age = max_age.map(|age| format!("; Max-Age={}", age.as_secs())).unwrap_or_default();
        let header = format!("{}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{max_age}", self.name(cookie));
        // Values are base64url, so they are valid in a header.
        if let Ok(header) = HeaderValue::from_str(&header) {
            response.headers_mut().append(SET_COOKIE, header);
        }
    }

    /// Marks the browser as one in which a user proved who they are.
    pub fn remember(self, response: &mut Response, browser: &KnownBrowser) {
        self.set(response, Cookie::KnownBrowser, &browser.cookie_value(), Some(KNOWN));
    }

    /// Deletes a cookie.
    pub fn clear(self, response: &mut Response, cookie: Cookie) {
        self.set(response, cookie, "", Some(Duration::ZERO));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lambda_http::http::HeaderMap;
    use proptest::prelude::*;

    fn head(cookies: &[&str]) -> Head {
        let mut headers = HeaderMap::new();
        for cookie in cookies {
            headers.append(COOKIE, HeaderValue::from_bytes(cookie.as_bytes()).unwrap());
        }
        let mut head = Head::default();
        head.headers = headers;
        head
    }

    #[test]
    fn a_cookie_is_found_among_others() {
        let cookies = Cookies::of("http://127.0.0.1:8788");
        let head = head(&["a=1; dw-sid=x=y;dw-browser=z", "b=2"]);
        assert_eq!(cookies.read(&head, Cookie::Session), Some("x=y"));
        assert_eq!(cookies.read(&head, Cookie::Browser), Some("z"));
    }

    #[test]
    fn a_planted_or_unprefixed_cookie_is_none() {
        let (plain, secure) = (Cookies::of("http://127.0.0.1:1"), Cookies::of("https://auth.example.com"));
        assert_eq!(plain.read(&head(&["dw-sid=a; dw-sid=b"]), Cookie::Session), None);
        assert_eq!(plain.read(&head(&["dw-sid=a", "dw-sid=b"]), Cookie::Session), None);
        assert_eq!(secure.read(&head(&["dw-sid=a"]), Cookie::Session), None);
    }

    #[test]
    fn behind_https_a_cookie_has_the_host_prefix_and_all_that_it_asks_for() {
        let mut response = crate::http::reply::empty(lambda_http::http::StatusCode::OK);
        Cookies::of("https://auth.example.com").set(&mut response, Cookie::Session, "v", Some(Duration::from_secs(60)));
        let expected = "__Host-dw-sid=v; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=60";
        assert_eq!(response.headers()[SET_COOKIE], expected);
    }

    proptest! {
        #[test]
        fn no_header_breaks_the_reader(header in "[ -~]{0,80}") {
            let _ = Cookies::of("https://a.example").read(&head(&[&header]), Cookie::Session);
        }
    }
}
