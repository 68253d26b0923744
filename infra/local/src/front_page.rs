//! The page at `/`: the endpoints and a first request to try.

use std::collections::BTreeMap;

use aws_lc_rs::digest;
use axum::body::Body;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::stack::{DEFAULT_ROUTE, Route};
use crate::{event_bus_page, mailbox_pages, webhook_receiver, webhooks_page};

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

    /// The response to `GET /`.
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
    let mut groups: BTreeMap<Group, Vec<&str>> = BTreeMap::new();
    for route in routes.iter().filter(|route| route.path != DEFAULT_ROUTE) {
        groups.entry(Group::of(&route.path)).or_default().push(&route.path);
    }
    let lists: String = groups
        .into_iter()
        .map(|(group, mut paths)| {
            paths.sort_unstable_by_key(|path| (path.starts_with("/.well-known/"), *path));
            let title = group.title();
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
<p>Mail stays on this machine: read it in the <a href="{mailbox}">mailbox</a>. So do events: they are on a <a href="{event_bus}">bus</a>.
What is sent to <code>{receiver}</code> goes to a receiver of <a href="{webhooks}">webhooks</a>.</p>
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
        event_bus = event_bus_page::PATH,
        receiver = webhook_receiver::ORIGIN,
        webhooks = webhooks_page::PATH,
        curl = escape(&first_curl(url)),
    )
}

/// The groups of endpoints, in the order in which they are shown.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    Pages,
    SigningIn,
    UserKeys,
    Users,
    Contacts,
    Events,
    Apps,
    Oauth,
    Metadata,
    Operators,
}

impl Group {
    fn of(path: &str) -> Self {
        const OPERATORS: [&str; 9] = [
            "/api/audit-list",
            "/api/users-list",
            "/api/users-import",
            "/api/users-disable",
            "/api/users-enable",
            "/api/users-verify",
            "/api/oauth-apps-review",
            "/api/mails-list",
            "/api/mails-resend",
        ];
        const PAGES: [&str; 5] =
            ["/account", "/account/{page}", "/device", "/oauth2/authorize/{page}", "/.well-known/change-password"];
        let begins = |start: &str| path.starts_with(start);
        match path {
            _ if OPERATORS.contains(&path) => Self::Operators,
            _ if PAGES.contains(&path) => Self::Pages,
            _ if begins("/api/auth-") => Self::SigningIn,
            "/register" | "/authenticate" | "/refresh" => Self::UserKeys,
            _ if begins("/api/users-") => Self::Users,
            _ if begins("/api/contacts-") => Self::Contacts,
            _ if path == "/v2/event" || begins("/api/events-") => Self::Events,
            _ if begins("/api/oauth-apps-") => Self::Apps,
            _ if begins("/.well-known/") => Self::Metadata,
            _ => Self::Oauth,
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Pages => "Pages for users",
            Self::SigningIn => "Signing in",
            Self::UserKeys => "User keys",
            Self::Users => "Users and their data",
            Self::Contacts => "Contacts",
            Self::Events => "Events",
            Self::Apps => "OAuth apps",
            Self::Oauth => "OAuth",
            Self::Metadata => "Metadata",
            Self::Operators => "Audit trail and operators",
        }
    }
}

/// A list item for a path; a path that a browser can open is a link.
fn item(path: &str) -> String {
    let shown = escape(path);
    let opens = matches!(Group::of(path), Group::Pages | Group::Metadata) && !path.contains('{');
    if opens {
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

    #[test]
    fn every_route_is_in_its_group() {
        for (path, title) in [
            ("/account/{page}", "Pages for users"),
            ("/.well-known/change-password", "Pages for users"),
            ("/api/auth-forgot-password", "Signing in"),
            ("/api/users-delete", "Users and their data"),
            ("/api/users-disable", "Audit trail and operators"),
            ("/api/users-import", "Audit trail and operators"),
            ("/api/mails-resend", "Audit trail and operators"),
            ("/authenticate", "User keys"),
            ("/v2/event", "Events"),
            ("/api/events-list", "Events"),
            ("/api/oauth-apps-list", "OAuth apps"),
            ("/api/oauth-token", "OAuth"),
            ("/.well-known/jwks.json", "Metadata"),
        ] {
            assert_eq!(Group::of(path).title(), title, "{path}");
        }
        assert!(item("/account").contains("href") && !item("/account/{page}").contains("href"));
        assert!(!item("/api/users-list").contains("href"));
    }
}
