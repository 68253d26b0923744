//! `/dev/webhooks`: the messages that the receiver on this machine got, for developers and tests. No deployment has this page.

use std::sync::Arc;

use axum::body::Body;
use axum::http::Response;
use axum::http::request::Parts;
use maud::{Markup, html};
use serde_json::{Value, json};

use crate::developer_page::{Page, REFRESH, Reload, answer, is_asked_by_this_machine, parameter, time};
use crate::webhook_receiver::{MOST, ORIGIN, ReceivedMessage, WebhookReceiver};

/// Its path; `.json` behind it makes it one for programs.
pub const PATH: &str = "/dev/webhooks";

const STYLE: &str = concat!(include_str!("front_page.css"), include_str!("webhooks_page.css"));

/// Requests that lead to a first message, for a server whose address is put before them. They are those of docs/webhooks.md.
const FIRST_MESSAGE: &str = include_str!("first_message.sh");

/// The page.
pub struct WebhooksPage {
    receiver: Arc<WebhookReceiver>,
    url: String,
}

impl WebhooksPage {
    /// The page of a receiver, on a server at `url`.
    pub fn new(receiver: Arc<WebhookReceiver>, url: &str) -> Self {
        Self { receiver, url: url.to_owned() }
    }

    /// The response to a request for it, from this machine; `None` for every other request.
    pub fn response(&self, request: &Parts) -> Option<Response<Body>> {
        let rest = request.uri.path().strip_prefix(PATH)?;
        let is_json = rest == ".json";
        if !(is_json || rest.is_empty()) || !is_asked_by_this_machine(request) {
            return None;
        }
        let path = parameter(request.uri.query().unwrap_or_default(), "path");
        let messages = self.receiver.messages().into_iter().rev();
        let messages: Vec<_> =
            messages.filter(|message| path.as_ref().is_none_or(|path| message.url.path() == path)).collect();
        Some(if is_json {
            let messages: Vec<Value> = messages.iter().map(ReceivedMessage::json).collect();
            answer("application/json", None, json!({ "messages": messages }).to_string())
        } else {
            let (title, content) = ("Webhooks: Driftwood on this machine", &self.content(&messages));
            Page { title, style: STYLE, reload: Reload::WhileFolded, content }.response()
        })
    }

    fn content(&self, messages: &[ReceivedMessage]) -> Markup {
        html! {
            header {
                p.where { a href="/" { "Driftwood on this machine" } }
                h1 { "Webhooks" }
                p {
                    "What was sent to " code { (ORIGIN) "/…" } ", newest first: it stays in this process. The last " (MOST)
                    " messages are stored in memory until the server stops. This page reloads every " (REFRESH)
                    " seconds while no message is unfolded."
                }
                p {
                    "Each path answers 204, and a path such as " code { "/status/503" } " that status. "
                    code { (PATH) ".json?path=/driftwood" } " has the messages to one path as JSON."
                }
            }
            @if messages.is_empty() {
                h2 { "No message yet" }
                p {
                    "This creates a user and an app with a webhook, and sends a test to it. If the user exists, take the token from "
                    code { "auth-login" } "."
                }
                pre tabindex="0" { code { "HOST=" (self.url) "\n" (FIRST_MESSAGE) } }
            } @else {
                h2 { (messages.len()) @if messages.len() == 1 { " message" } @else { " messages" } }
                ul.messages { @for message in messages { li { (shown(message)) } } }
            }
        }
    }
}

fn shown(message: &ReceivedMessage) -> Markup {
    let (kind, account) = (message.text("type"), message.text("account_id"));
    let path = &message.url[url::Position::BeforePath..];
    html! {
        h3 { @if kind.is_empty() { "without a type" } @else { (kind) } }
        (time(message.received_at))
        @match &message.mistake {
            None => p.verified { "Verified" },
            Some(mistake) => p.mistake { "Not verified: " (mistake) },
        }
        dl {
            dt { "Path" } dd { (path) }
            dt { "Answered" } dd { (message.status) }
            @if !account.is_empty() { dt { "Account" } dd { (account) } }
            @if let Some(sequence) = message.field("sequence").as_u64() { dt { "Sequence" } dd { (sequence) } }
        }
        details {
            summary { "Headers and body" }
            pre tabindex="0" {
                @for (name, value) in message.header_lines() { (name) ": " (value) "\n" }
                "\n" (message.body)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_message_is_that_of_the_documentation() {
        let page = include_str!("../../../docs/webhooks.md");
        let documented: Vec<&str> = page.lines().collect();
        for line in FIRST_MESSAGE.lines() {
            assert!(documented.contains(&line), "{line}");
        }
    }
}
