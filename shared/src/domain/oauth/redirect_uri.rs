//! Redirect URIs: where an authorization response may go.

use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// A redirect URI as it was registered, compared as an exact string.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RedirectUri(String);

impl RedirectUri {
    /// The longest accepted, in bytes.
    const LONGEST: usize = 512;
    /// How many a client may have.
    pub const MOST: usize = 10;

    /// Accepts a redirect URI for registration (RFC 9700 §2.1, §2.6; RFC 8252 §7).
    ///
    /// # Errors
    ///
    /// The sentence to show when it is relative, has a fragment or user name, or is neither `https`, nor `http` on a
    /// loopback host, nor of a private-use scheme.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() > Self::LONGEST {
            return Err(format!("must have at most {} bytes", Self::LONGEST));
        }
        // Printable ASCII only: a browser silently repairs other characters, so an exact comparison would not be enough.
        if !text.bytes().all(|b| matches!(b, 0x21..=0x7e)) || text.contains(['\\', '"', '<', '>']) {
            return Err("must not contain spaces, quotes, backslashes or characters outside ASCII".to_owned());
        }
        let url = Url::parse(text).map_err(|_| "must be an absolute URI".to_owned())?;
        // RFC 6749 §3.1.2: no fragment.
        if text.contains('#') {
            return Err("must not have a fragment".to_owned());
        }
        // The parser drops an empty user name, so the string itself is checked.
        if authority(text).contains('@') {
            return Err("must not contain a user name or password".to_owned());
        }
        if text.contains('*') {
            return Err("must not contain a wildcard".to_owned());
        }
        // Browsers read `https:/host` and `https:///host` as `https://host`; the string would have another host.
        if matches!(url.scheme(), "http" | "https") && authority(text).is_empty() {
            return Err("must have :// and a host behind its scheme".to_owned());
        }
        // The parser accepts characters that would end a source of a Content Security Policy.
        if url.host_str().is_some_and(|host| !is_plain_host(host)) {
            return Err("must have a host of letters, digits, hyphens and dots".to_owned());
        }
        match url.scheme() {
            "https" => Ok(()),
            "http" if is_loopback(&url) => Ok(()),
            "http" => Err("must be https, unless it is on 127.0.0.1, [::1] or localhost".to_owned()),
            // RFC 8252 §7.1: a reversed domain name, so that schemes of two apps do not collide.
            private if private.contains('.') => Ok(()),
            plain if is_plain_scheme(plain) && !authority(text).is_empty() => Ok(()),
            _ => Err("must be https, or of a private-use scheme such as com.example.app or myapp://".to_owned()),
        }?;
        Ok(Self(text.to_owned()))
    }

    /// Returns whether it is of a private-use scheme, which the system opens with a program of the user.
    pub fn is_of_private_scheme(&self) -> bool {
        Url::parse(&self.0).is_ok_and(|url| !matches!(url.scheme(), "http" | "https"))
    }

    /// Returns whether it is of a private-use scheme without a dot, such as `cursor://`: any program may have the same.
    pub fn is_of_plain_scheme(&self) -> bool {
        self.is_of_private_scheme() && !self.0.split(':').next().unwrap_or_default().contains('.')
    }

    /// Returns whether a request may use `requested`: the same string (RFC 3986 §6.2.1), except that a program on
    /// the user's own machine may use any port (RFC 8252 §7.3).
    pub fn accepts(&self, requested: &str) -> bool {
        self.0 == requested
            || match (LoopbackUri::parse(&self.0), LoopbackUri::parse(requested)) {
                (Some(registered), Some(requested)) => registered == requested,
                _ => false,
            }
    }

    /// Returns whether it is on a web server, and not a program on the user's own machine.
    pub fn is_web(&self) -> bool {
        Place::of(&self.0) == Place::Web
    }

    /// Its host, if it has one.
    pub fn host(&self) -> Option<String> {
        Url::parse(&self.0).ok()?.host_str().map(str::to_owned)
    }

    /// The URI as it was registered.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A redirect URI on loopback, without its port.
#[derive(PartialEq, Eq)]
struct LoopbackUri<'u> {
    scheme: &'u str,
    host: &'u str,
    /// The path and everything after it.
    rest: &'u str,
}

impl<'u> LoopbackUri<'u> {
    fn parse(text: &'u str) -> Option<Self> {
        let (scheme, behind_scheme) =
            text.split_once("://").filter(|(scheme, _)| matches!(*scheme, "http" | "https"))?;
        let end = behind_scheme.find(['/', '?']).unwrap_or(behind_scheme.len());
        let (authority, rest) = behind_scheme.split_at_checked(end)?;
        let hosts = ["127.0.0.1", "[::1]", "localhost"];
        let (host, port) = hosts.iter().find_map(|host| Some((*host, authority.strip_prefix(host)?)))?;
        let is_port = |port: &str| {
            port.len() <= 5
                && port.bytes().all(|b| b.is_ascii_digit())
                && port.parse::<u16>().is_ok_and(|port| port > 0)
        };
        let is_authority = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
        is_authority.then_some(Self { scheme, host, rest })
    }
}

/// Where a redirect URI leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// To a web server.
    Web,
    /// To a program on the user's own machine, and any other program there could be in its place (RFC 8252 §8.6).
    Loopback,
    /// To the program that registered its scheme on the user's machine, and any program can (RFC 8252 §8.6).
    PrivateScheme,
}

impl Place {
    /// Where this redirect URI leads.
    pub fn of(redirect_uri: &str) -> Self {
        match Url::parse(redirect_uri) {
            Ok(url) if matches!(url.scheme(), "http" | "https") && is_loopback(&url) => Self::Loopback,
            Ok(url) if url.scheme() == "https" => Self::Web,
            _ => Self::PrivateScheme,
        }
    }
}

/// Schemes that a browser or the system handles itself, or that lead to other programs than the one that a user installed
/// for the client.
const FOREIGN_SCHEMES: [&str; 58] = [
    "about",
    "afp",
    "app",
    "blob",
    "callto",
    "chrome",
    "cid",
    "content",
    "data",
    "dav",
    "dns",
    "facetime",
    "feed",
    "file",
    "filesystem",
    "ftp",
    "ftps",
    "geo",
    "git",
    "gopher",
    "hcp",
    "imap",
    "intent",
    "irc",
    "its",
    "jar",
    "javascript",
    "ldap",
    "ldaps",
    "livescript",
    "magnet",
    "mailto",
    "maps",
    "mhtml",
    "mid",
    "mk",
    "mms",
    "mocha",
    "news",
    "nfs",
    "opaquelocktoken",
    "pop",
    "res",
    "resource",
    "rtsp",
    "sftp",
    "shell",
    "sip",
    "sips",
    "sms",
    "smb",
    "ssh",
    "tel",
    "telnet",
    "urn",
    "vbscript",
    "ws",
    "wss",
];
/// What the schemes of browsers, extensions, Windows and the web begin with.
const FOREIGN_PREFIXES: [&str; 12] =
    ["about-", "android-", "chrome-", "edge", "http", "itms", "moz-", "ms-", "safari-", "search-", "view-", "wyciwyg"];

/// RFC 3986 §3.1: the parser has made it lower-case.
fn is_plain_scheme(scheme: &str) -> bool {
    let is_foreign =
        FOREIGN_SCHEMES.contains(&scheme) || FOREIGN_PREFIXES.iter().any(|begin| scheme.starts_with(begin));
    (3..=64).contains(&scheme.len()) && !is_foreign
}

/// Returns whether this is a name of letters, digits, hyphens and dots, or an address.
pub(super) fn is_plain_host(host: &str) -> bool {
    let is_name = |host: &str| host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'));
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    is_name(host) || address.is_some_and(|address| address.parse::<std::net::Ipv6Addr>().is_ok())
}

fn authority(text: &str) -> &str {
    let rest = text.split_once("://").map_or("", |(_, rest)| rest);
    rest.split(['/', '?']).next().unwrap_or_default()
}

/// Returns whether a URL leads to the machine on which its browser runs.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn web_loopback_and_private_schemes_are_accepted() {
        for good in [
            "https://app.example/cb",
            "https://app.example/cb?tenant=1",
            "http://127.0.0.1/cb",
            "http://127.0.0.1:51004/cb",
            "http://[::1]/cb",
            "http://localhost:3000/cb",
            "https://app.example/@me/cb",
            "https://[2001:db8::1]/cb",
            "com.example.app:/oauth",
            "cursor://anysphere.cursor-retrieval/oauth/user-x/callback",
            "vscode://vscode.github-authentication/did-authenticate",
            "vscode-insiders://vendor.extension/cb",
            "windsurf://codeium.windsurf",
            "myapp://cb?x=1",
        ] {
            assert_eq!(RedirectUri::parse(good).unwrap().as_str(), good);
        }
    }

    #[test]
    fn uris_that_could_send_a_code_elsewhere_are_refused() {
        let long = format!("https://app.example/{}", "x".repeat(512));
        for bad in [
            "",
            "/cb",
            "app.example/cb",
            "https://",
            "https://app.example/cb#x",
            "https://app.example/cb#",
            "http://app.example/cb",
            "http://127.0.0.1.evil.example/cb",
            "javascript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "myapp:/cb",
            "myapp:cb",
            "myapp://",
            "myapp:///cb",
            "my://cb;script-src",
            "view-source://app.example/cb",
            "about://blank",
            "blob://app.example/1",
            "JavaScript://app.example/%0aalert(1)",
            "httpx://app.example/cb",
            "https+x://app.example/cb",
            "ms-msdt://x",
            "chrome-extension://abc/cb",
            "urn://x",
            "https://a;script-src.example/cb",
            "https://a_b.example/cb",
            "https://a,b.example/cb",
            "https://'self'/cb",
            "myapp://a;b/cb",
            "com.example.app://a;b/cb",
            "https://user@app.example/cb",
            "https://@app.example/cb",
            "https://app.example@evil.example/cb",
            "https://*.example/cb",
            "https://app.example\\@evil.example",
            "https://app.example/c b",
            "https://ａpp.example/cb",
            &long,
        ] {
            assert!(RedirectUri::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_request_must_name_a_registered_uri_exactly() {
        let web = RedirectUri::parse("https://app.example/cb").unwrap();
        assert!(web.accepts("https://app.example/cb"));
        for other in [
            "https://app.example/cb/",
            "https://app.example/cb/x",
            "https://app.example/cb;x",
            "https://app.example/cb?a=b",
            "https://app.example/cb#x",
            "https://app.example:443/cb",
            "https://app.example./cb",
            "https://app.example/%63b",
            "https://app.example/x/%2e%2e/cb",
            "https://app.example@evil.example/cb",
            "https://app.example\\@evil.example/cb",
            "HTTPS://APP.EXAMPLE/cb",
            "https://app。example/cb",
            "http://app.example/cb",
            "",
        ] {
            assert!(!web.accepts(other), "{other}");
        }
    }

    #[test]
    fn on_loopback_the_port_is_free_and_nothing_else() {
        let native = RedirectUri::parse("http://127.0.0.1/cb").unwrap();
        for port in ["", ":1", ":51004", ":65535"] {
            assert!(native.accepts(&format!("http://127.0.0.1{port}/cb")), "{port}");
        }
        for other in [
            "http://127.0.0.1:0/cb",
            "http://127.0.0.1:65536/cb",
            "http://127.0.0.1:/cb",
            "http://127.0.0.1:+80/cb",
            "http://127.0.0.1:80:90/cb",
            "http://127.0.0.1:80@evil.example/cb",
            "http://127.0.0.1.evil.example/cb",
            "http://127.1/cb",
            "http://0/cb",
            "http://127.0.0.2/cb",
            "http://localhost/cb",
            "http://[::1]/cb",
            "http://127.0.0.1/other",
            "http://127.0.0.1/cb?x",
            "https://127.0.0.1/cb",
            "HTTP://127.0.0.1/cb",
        ] {
            assert!(!native.accepts(other), "{other}");
        }
        assert!(RedirectUri::parse("http://localhost:3000/cb").unwrap().accepts("http://localhost:4000/cb"));
        assert!(RedirectUri::parse("http://[::1]/cb").unwrap().accepts("http://[::1]:8080/cb"));
        let tls = RedirectUri::parse("https://localhost/cb").unwrap();
        assert!(tls.accepts("https://localhost:8080/cb") && !tls.accepts("http://localhost:8080/cb"));
        assert!(!native.accepts("https://127.0.0.1:8080/cb"));
    }

    #[test]
    fn a_redirect_uri_leads_to_a_server_a_loopback_address_or_a_program() {
        for (uri, place) in [
            ("https://app.example/cb", Place::Web),
            ("https://localhost:8080/cb", Place::Loopback),
            ("http://127.0.0.1:8080/cb", Place::Loopback),
            ("myapp://cb", Place::PrivateScheme),
            ("com.example.app:/cb", Place::PrivateScheme),
        ] {
            assert_eq!(Place::of(uri), place, "{uri}");
        }
    }

    #[test]
    fn a_private_scheme_is_compared_exactly() {
        let cursor = RedirectUri::parse("cursor://anysphere.cursor-retrieval/oauth").unwrap();
        assert!(cursor.accepts("cursor://anysphere.cursor-retrieval/oauth") && cursor.is_of_plain_scheme());
        for other in [
            "Cursor://anysphere.cursor-retrieval/oauth",
            "cursor://anysphere.cursor-retrieval:1/oauth",
            "cursor://anysphere.cursor-retrieval/oauth/",
            "cursor://anysphere.cursor-retrieval/oauth?x",
            "cursor://evil/oauth",
            "vscode://anysphere.cursor-retrieval/oauth",
        ] {
            assert!(!cursor.accepts(other), "{other}");
        }
        let dotted = RedirectUri::parse("com.example.app:/cb").unwrap();
        assert!(dotted.is_of_private_scheme() && !dotted.is_of_plain_scheme());
    }

    proptest! {
        #[test]
        fn only_loopback_accepts_a_different_uri(requested in "(https?://)?(app\\.example|127\\.0\\.0\\.1|localhost)?[:@./?#a-z0-9%]{0,20}") {
            let web = RedirectUri::parse("https://app.example/cb").unwrap();
            prop_assert_eq!(web.accepts(&requested), requested == web.as_str());
            let native = RedirectUri::parse("http://127.0.0.1/cb").unwrap();
            if native.accepts(&requested) {
                let url = Url::parse(&requested).unwrap();
                prop_assert_eq!((url.scheme(), url.host_str(), url.path()), ("http", Some("127.0.0.1"), "/cb"));
                prop_assert!(url.query().is_none() && url.fragment().is_none() && url.username().is_empty());
            }
        }

        #[test]
        fn an_accepted_uri_is_unchanged(text in "(https?|com\\.example)://[a-z0-9.:@\\[\\]-]{0,20}[/?#a-z%0-9]{0,20}") {
            if let Ok(uri) = RedirectUri::parse(&text) {
                prop_assert_eq!(uri.as_str(), text.as_str());
                prop_assert!(!text.contains('#') && !authority(&text).contains('@'));
            }
        }
    }
}
