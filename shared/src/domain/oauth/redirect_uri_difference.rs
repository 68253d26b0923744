//! How a redirect URI that was received differs from a registered one, for the developer who compares them.

use url::{Position, Url};

use crate::domain::oauth::redirect_uri::is_loopback;

/// Says how the received URI differs, as the end of a sentence: “differs by a trailing slash”.
pub fn difference(received: &str, registered: &str) -> String {
    if received.trim_end_matches('/') == registered.trim_end_matches('/') {
        return "differs by a trailing slash".to_owned();
    }
    if received.eq_ignore_ascii_case(registered) {
        return "differs in upper and lower case".to_owned();
    }
    let (Ok(received), Ok(registered)) = (Url::parse(received), Url::parse(registered)) else {
        return "is another address".to_owned();
    };
    let parts = [
        ("the scheme", received.scheme() != registered.scheme()),
        ("the host", received.host_str() != registered.host_str()),
        ("the port", received.port() != registered.port() && !is_loopback(&registered)),
        ("the path", received.path() != registered.path()),
        ("the query", received[Position::AfterPath..] != registered[Position::AfterPath..]),
    ];
    let different: Vec<&str> = parts.into_iter().filter(|(_, differs)| *differs).map(|(part, _)| part).collect();
    match different.as_slice() {
        [] => "differs in how it is written".to_owned(),
        [only] => format!("differs in {only}"),
        [others @ .., last] => format!("differs in {} and {last}", others.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_developer_reads_which_part_differs() {
        let registered = "https://app.example/cb?a=1";
        for (received, expected) in [
            ("https://app.example/cb?a=1/", "differs by a trailing slash"),
            ("https://app.example/CB?a=1", "differs in upper and lower case"),
            ("http://app.example/cb?a=1", "differs in the scheme"),
            ("https://www.app.example/cb?a=1", "differs in the host"),
            ("https://app.example:8443/cb?a=1", "differs in the port"),
            ("https://app.example/callback?a=1", "differs in the path"),
            ("https://app.example/cb", "differs in the query"),
            ("http://127.0.0.1:3000/", "differs in the scheme, the host, the port, the path and the query"),
            ("https://app.example:443/cb?a=1", "differs in how it is written"),
            ("app.example/cb", "is another address"),
        ] {
            assert_eq!(difference(received, registered), expected, "{received}");
        }
        // The port of a loopback address is not compared.
        assert_eq!(difference("http://127.0.0.1:9/a", "http://127.0.0.1/b"), "differs in the path");
        assert_eq!(difference("https://a.example", "https://a.example/"), "differs by a trailing slash");
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(received in "\\PC{0,40}", registered in "\\PC{0,40}") {
            let _ = difference(&received, &registered);
        }
    }
}
