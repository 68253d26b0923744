//! The page at `/`: what runs here, and what to try first.

use std::collections::BTreeMap;

use aws_lc_rs::digest;
use axum::body::Body;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::mailbox_pages;
use crate::stack::{DEFAULT_ROUTE, Route};

const STYLE: &str = include_str!("front_page.css");

/// The page, ready to be sent.
pub struct FrontPage {
    html: String,
    policy: HeaderValue,
}

impl FrontPage {
    /// A page for a server at `url` with these routes, whose data is in `place`.
    pub fn new(url: &str, place: &str, routes: &[Route]) -> Self {
        let hash = STANDARD.encode(digest::digest(&digest::SHA256, STYLE.as_bytes()));
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        );
        // A hash in Base64 is always a header's value.
        let policy = HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'"));
        Self { html: html(url, place, routes), policy }
    }

    /// The answer to `GET /`.
    pub fn response(&self) -> Response<Body> {
        let mut response = Response::new(Body::from(self.html.clone()));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        headers.insert(CONTENT_SECURITY_POLICY, self.policy.clone());
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

/// The first request to try, as a command.
pub fn first_curl(url: &str) -> String {
    format!(
        "curl -X POST {url}/api/auth-register \\\n  -H \"Content-Type: application/json\" \\\n  -d '{{\"email\": \"you@example.com\", \"password\": \"your-secure-password\", \"name\": \"Your Name\"}}'"
    )
}

fn html(url: &str, place: &str, routes: &[Route]) -> String {
    let mut groups: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for route in routes.iter().filter(|route| route.path != DEFAULT_ROUTE) {
        groups.entry(group(&route.path)).or_default().push(&route.path);
    }
    let lists: String = groups
        .into_iter()
        .map(|(title, mut paths)| {
            paths.sort_unstable();
            let items: String = paths.into_iter().map(item).collect();
            format!("<section><h3>{title}</h3><ul>{items}</ul></section>\n")
        })
        .collect();
    format!(
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Driftwood on this machine</title>
<style>{STYLE}</style>
</head>
<body>
<main>
<header>
<p class="where">{url}</p>
<h1>Driftwood is running</h1>
<p>Accounts, sign-in and OAuth for your API, on this machine: the same functions, tables and routes that <code>template.yaml</code> deploys to AWS.</p>
<p>{place}</p>
<p>Mail stays on this machine: read it in the <a href="{mailbox}">mailbox</a>.</p>
</header>
<h2>Try it</h2>
<pre tabindex="0"><code>{curl}</code></pre>
<h2>Endpoints</h2>
<div class="groups">
{lists}</div>
</main>
</body>
</html>
"#,
        url = escape(url),
        place = escape(place),
        mailbox = mailbox_pages::PATH,
        curl = escape(&first_curl(url)),
    )
}

fn group(path: &str) -> &'static str {
    if path.starts_with("/.well-known/") {
        "Metadata"
    } else if path.starts_with("/api/auth-") {
        "Accounts"
    } else if path.starts_with("/api/contacts-") {
        "Contacts"
    } else {
        "OAuth"
    }
}

/// What answers `GET` is a link.
fn item(path: &str) -> String {
    let shown = escape(path);
    if path.starts_with("/.well-known/") && !path.contains('{') {
        format!("<li><a href=\"{shown}\"><code>{shown}</code></a></li>")
    } else {
        format!("<li><code>{shown}</code></li>")
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_lists_routes_and_runs_no_script() {
        let route = |path: &str| Route { path: path.to_owned(), function: "x".to_owned() };
        let page = FrontPage::new("http://h", "Data is in <here>.", &[route("/api/auth-login"), route("$default")]);
        assert!(page.html.contains("/api/auth-login") && page.html.contains("&lt;here&gt;"));
        assert!(!page.html.contains("$default") && !page.html.contains("<script"));
        assert!(page.policy.to_str().unwrap().starts_with("default-src 'none'; style-src 'sha256-"));
    }
}
