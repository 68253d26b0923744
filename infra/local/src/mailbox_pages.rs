//! `/dev/mailbox`: the mail that was sent, for developers and tests. No deployment has these pages.

use std::sync::Arc;

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Response, StatusCode};
use maud::{Markup, html};
use serde_json::{Value, json};
use shared::domain::types::email::EmailAddress;
use shared::http::page::{email, headline};

use crate::developer_page::{Page, REFRESH, Reload, answer, is_asked_by_this_machine, parameter, time};
use crate::mailbox::{MOST, Mailbox, ReceivedMail};

/// The path of the list; the mails are below it.
pub const PATH: &str = "/dev/mailbox";

const STYLE: &str = concat!(include_str!("front_page.css"), include_str!("mailbox.css"));
/// A mail may have any style and run nothing; its links open beside it.
const POLICY_OF_A_MAIL: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src https:; form-action 'none'; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox";

/// The pages.
pub struct MailboxPages {
    mailbox: Arc<Mailbox>,
}

impl MailboxPages {
    /// The pages of a mailbox.
    pub const fn new(mailbox: Arc<Mailbox>) -> Self {
        Self { mailbox }
    }

    /// The response to a request for one of the pages; `None` for every other request.
    ///
    /// A reader of the mail can take over every account, so a tunnel to the server, or a foreign name that points to this
    /// machine, finds no mailbox.
    pub fn response(&self, request: &Parts) -> Option<Response<Body>> {
        let rest = request.uri.path().strip_prefix(PATH)?;
        if !is_asked_by_this_machine(request) {
            return None;
        }
        if rest.is_empty() {
            return Some(list(&self.mailbox.mails()));
        }
        if rest == ".json" {
            return Some(answer("application/json", None, self.json(request.uri.query().unwrap_or_default())));
        }
        let name = rest.strip_prefix('/')?;
        let (id, is_alone) = name.strip_suffix(".html").map_or((name, false), |id| (id, true));
        let Some(mail) = id.parse().ok().and_then(|id| self.mailbox.mail(id)) else {
            return Some(gone());
        };
        Some(if is_alone {
            let html = mail.mail.html.replacen("<head>", "<head><base target=\"_blank\">", 1);
            answer("text/html; charset=utf-8", Some(HeaderValue::from_static(POLICY_OF_A_MAIL)), html)
        } else {
            one(&mail)
        })
    }

    /// All mails, newest first; with `to`, those to this address.
    fn json(&self, query: &str) -> String {
        let to = parameter(query, "to").map(|to| EmailAddress::parse(&to).map_or(to, |to| to.as_str().to_owned()));
        let mails = self.mailbox.mails().into_iter().rev();
        let mails = mails.filter(|mail| to.as_ref().is_none_or(|to| mail.mail.to.as_str() == to));
        json!({"mails": mails.map(|mail| mail.json()).collect::<Vec<Value>>()}).to_string()
    }
}

fn page(title: &str, reload: Reload, content: &Markup) -> Response<Body> {
    Page { title, style: STYLE, reload, content }.response()
}

fn list(mails: &[ReceivedMail]) -> Response<Body> {
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
                            (time(mail.sent_at))
                        }
                    }
                }
            }
        }
    };
    page("Mailbox: Driftwood on this machine", Reload::Always, &content)
}

fn one(mail: &ReceivedMail) -> Response<Body> {
    let alone = format!("{PATH}/{}.html", mail.id);
    let content = html! {
        header {
            p.where { a href=(PATH) { "Mailbox" } }
            (headline(&mail.mail.subject))
            dl {
                dt { "To" } dd { (email(&mail.mail.to)) }
                dt { "From" } dd { (breakable(&mail.from)) }
                dt { "Sent" } dd { (time(mail.sent_at)) }
            }
        }
        h2 { "As text" }
        pre.text { (with_links(&mail.mail.text)) }
        h2 { "As HTML" }
        iframe src=(alone) sandbox="allow-popups allow-popups-to-escape-sandbox" title="The mail as HTML" {}
        p { a href=(alone) { "Open this mail alone" } }
    };
    page(&mail.mail.subject, Reload::Never, &content)
}

fn gone() -> Response<Body> {
    let content = html! {
        header {
            p.where { a href=(PATH) { "Mailbox" } }
            h1 { "There is no such mail" }
            p { "The last " (MOST) " mails are stored in memory until the server stops." }
        }
    };
    let mut response = page("Mailbox: Driftwood on this machine", Reload::Never, &content);
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

/// A sender, which can break before its `@`.
fn breakable(from: &str) -> Markup {
    let (name, domain) = from.rsplit_once('@').unwrap_or((from, ""));
    html! { (name) @if !domain.is_empty() { wbr; "@" (domain) } }
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

    #[test]
    fn an_address_in_a_text_is_a_link_and_nothing_else_is() {
        let shown = with_links("Open <this>:\n\nhttp://127.0.0.1/x?a=1&b=2\n\njavascript:alert(1)\n").0;
        assert!(shown.contains("<a href=\"http://127.0.0.1/x?a=1&amp;b=2\">http://127.0.0.1/x?a=1&amp;b=2</a>"));
        assert!(shown.contains("&lt;this&gt;") && shown.matches("<a ").count() == 1, "{shown}");
    }
}
