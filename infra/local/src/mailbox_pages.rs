//! `/dev/mailbox`: the mail that was sent, for developers and tests. No deployment has these pages.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use aws_lc_rs::digest;
use axum::body::Body;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::{Value, json};
use shared::domain::types::email::EmailAddress;
use shared::http::page::{email, headline};

use crate::mailbox::{MOST, Mailbox, ReceivedMail};

/// The path of the list; the mails are below it.
pub const PATH: &str = "/dev/mailbox";

const STYLE: &str = concat!(include_str!("front_page.css"), include_str!("mailbox.css"));
/// How often the list is reloaded, in seconds.
const REFRESH: &str = "5";
/// A mail may have any style and run nothing; its links open beside it.
const POLICY_OF_A_MAIL: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src https:; form-action 'none'; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox";

/// The pages.
pub struct MailboxPages {
    mailbox: Arc<Mailbox>,
    policy: HeaderValue,
}

impl MailboxPages {
    /// The pages of a mailbox.
    pub fn new(mailbox: Arc<Mailbox>) -> Self {
        let hash = STANDARD.encode(digest::digest(&digest::SHA256, STYLE.as_bytes()));
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{hash}'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        );
        // A hash in Base64 is always a header's value.
        let policy = HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'"));
        Self { mailbox, policy }
    }

    /// The response to a request for one of the pages; `None` for every other request.
    ///
    /// A reader of the mail can take over every account, so only names of this machine are accepted: a tunnel to the server, or
    /// a foreign name that points to this machine, finds no mailbox.
    pub fn response(&self, request: &Parts) -> Option<Response<Body>> {
        let rest = request.uri.path().strip_prefix(PATH)?;
        if !matches!(request.method, Method::GET | Method::HEAD) || !is_of_this_machine(&request.headers) {
            return None;
        }
        if rest.is_empty() {
            return Some(self.page(&list(&self.mailbox.mails())));
        }
        if rest == ".json" {
            return Some(answer("application/json", None, self.json(request.uri.query().unwrap_or_default())));
        }
        let name = rest.strip_prefix('/')?;
        let (id, is_alone) = name.strip_suffix(".html").map_or((name, false), |id| (id, true));
        let Some(mail) = id.parse().ok().and_then(|id| self.mailbox.mail(id)) else {
            let mut response = self.page(&gone());
            *response.status_mut() = StatusCode::NOT_FOUND;
            return Some(response);
        };
        Some(if is_alone {
            let html = mail.mail.html.replacen("<head>", "<head><base target=\"_blank\">", 1);
            answer("text/html; charset=utf-8", Some(HeaderValue::from_static(POLICY_OF_A_MAIL)), html)
        } else {
            self.page(&one(&mail))
        })
    }

    fn page(&self, page: &Markup) -> Response<Body> {
        answer("text/html; charset=utf-8", Some(self.policy.clone()), page.0.clone())
    }

    /// All mails, newest first; with `to`, those to this address.
    fn json(&self, query: &str) -> String {
        let to = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "to");
        let to =
            to.map(|(_, to)| EmailAddress::parse(&to).map_or_else(|_| to.into_owned(), |to| to.as_str().to_owned()));
        let mails = self.mailbox.mails().into_iter().rev();
        let mails = mails.filter(|mail| to.as_ref().is_none_or(|to| mail.mail.to.as_str() == to));
        json!({"mails": mails.map(|mail| mail.json()).collect::<Vec<Value>>()}).to_string()
    }
}

/// Whether a request names this machine as its host.
pub(crate) fn is_of_this_machine(headers: &HeaderMap) -> bool {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()?.parse::<Authority>().ok());
    host.is_some_and(|host| match host.host().trim_matches(['[', ']']) {
        "localhost" => true,
        address => {
            address.parse().is_ok_and(|address: Ipv4Addr| address.is_loopback())
                || address.parse().is_ok_and(|address: Ipv6Addr| address.is_loopback())
        }
    })
}

/// A response that no cache stores.
pub(crate) fn answer(kind: &'static str, policy: Option<HeaderValue>, body: String) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.extend(policy.map(|policy| (CONTENT_SECURITY_POLICY, policy)));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn document(title: &str, refreshes: bool, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                @if refreshes { meta http-equiv="refresh" content=(REFRESH); }
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { main { (content) } }
        }
    }
}

fn list(mails: &[ReceivedMail]) -> Markup {
    let content = html! {
        header {
            p.where { a href="/" { "Driftwood on this machine" } }
            h1 { "Mailbox" }
            p {
                "The mail that a deployment would have sent, newest first. The last " (MOST)
                " mails are stored in memory until the server stops. This page reloads every " (REFRESH) " seconds."
            }
        }
        @if mails.is_empty() {
            h2 { "No mail yet" }
            p { "Register a user, and the mail that verifies their address arrives here. With an empty " code { "MailFrom" } " no mail is sent." }
        } @else {
            h2 { (mails.len()) @if mails.len() == 1 { " mail" } @else { " mails" } }
            ul.mails {
                @for mail in mails.iter().rev() {
                    li {
                        a href={ (PATH) "/" (mail.id) } {
                            strong { (mail.mail.subject) }
                            span { "to " (email(&mail.mail.to)) }
                            (time(mail))
                        }
                    }
                }
            }
        }
    };
    document("Mailbox: Driftwood on this machine", true, &content)
}

fn one(mail: &ReceivedMail) -> Markup {
    let alone = format!("{PATH}/{}.html", mail.id);
    let content = html! {
        header {
            p.where { a href=(PATH) { "Mailbox" } }
            (headline(&mail.mail.subject))
            dl {
                dt { "To" } dd { (email(&mail.mail.to)) }
                dt { "From" } dd { (breakable(&mail.from)) }
                dt { "Sent" } dd { (time(mail)) }
            }
        }
        h2 { "As text" }
        pre.text { (with_links(&mail.mail.text)) }
        h2 { "As HTML" }
        iframe src=(alone) sandbox="allow-popups allow-popups-to-escape-sandbox" title="The mail as HTML" {}
        p { a href=(alone) { "Open this mail alone" } }
    };
    document(&mail.mail.subject, false, &content)
}

fn gone() -> Markup {
    let content = html! {
        header {
            p.where { a href=(PATH) { "Mailbox" } }
            h1 { "There is no such mail" }
            p { "The last " (MOST) " mails are stored in memory until the server stops." }
        }
    };
    document("Mailbox: Driftwood on this machine", false, &content)
}

/// A sender, which can break before its `@`.
fn breakable(from: &str) -> Markup {
    let (name, domain) = from.rsplit_once('@').unwrap_or((from, ""));
    html! { (name) @if !domain.is_empty() { wbr; "@" (domain) } }
}

fn time(mail: &ReceivedMail) -> Markup {
    let sent_at = mail.sent_at.to_rfc3339();
    html! { time datetime=(sent_at) { (sent_at.replace('T', " ").replace('Z', " UTC")) } }
}

/// The text, in which a line that is an address is a link.
fn with_links(text: &str) -> Markup {
    let is_address = |line: &str| ["http://", "https://"].iter().any(|scheme| line.starts_with(scheme));
    html! {
        @for line in text.lines() {
            @if is_address(line) { a href=(line) { (line) } } @else { (line) }
            "\n"
        }
    }
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
    fn only_names_of_this_machine_lead_to_the_mail() {
        for own in ["127.0.0.1:8788", "localhost:8788", "localhost", "[::1]:8788", "127.0.0.2"] {
            assert!(is_shown_to(own), "{own}");
        }
        for foreign in ["tunnel.example", "127.0.0.1.example:8788", "localhost.example", "192.0.2.1", ""] {
            assert!(!is_shown_to(foreign), "{foreign}");
        }
        assert!(!is_of_this_machine(&HeaderMap::new()));
    }

    #[test]
    fn an_address_in_a_text_is_a_link_and_nothing_else_is() {
        let shown = with_links("Open <this>:\n\nhttp://127.0.0.1/x?a=1&b=2\n\njavascript:alert(1)\n").0;
        assert!(shown.contains("<a href=\"http://127.0.0.1/x?a=1&amp;b=2\">http://127.0.0.1/x?a=1&amp;b=2</a>"));
        assert!(shown.contains("&lt;this&gt;") && shown.matches("<a ").count() == 1, "{shown}");
    }
}
