//! Answers: what an endpoint says when it did what it was asked, and how each dialect refuses.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::codes::{Code, meaning};
use super::schema::{Schema, any_of, constant, field, map, object, one_of, optional, text};

/// The words in which an endpoint speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dialect {
    /// `{"ok":true,"result":…}` and `{"ok":false,"error":{…}}`.
    Envelope,
    /// `{"error":…,"error_description":…}` (RFC 6749 §5.2).
    OAuth,
    /// One of the two, by the type of the body.
    EnvelopeOrOAuth,
    /// `{"error":{"code","message","request_id"}}`.
    Resource,
    /// Pages for users.
    Pages,
}

/// What an answer has for a body.
#[derive(Clone, Debug)]
pub enum Content {
    /// Nothing.
    Nothing,
    /// JSON.
    Json(Schema),
    /// A page.
    Page,
}

/// A header of an answer.
#[derive(Clone, Debug)]
pub struct Header {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) schema: Schema,
    pub(crate) is_required: bool,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    pub(crate) status: u16,
    pub(crate) about: Cow<'static, str>,
    pub(crate) content: Content,
    pub(crate) headers: Vec<Header>,
    /// How long everybody may keep it, in seconds; nobody may unless it says so.
    pub(crate) max_age: Option<u32>,
    /// The codes, if it is a refusal.
    pub(crate) codes: Vec<&'static str>,
}

impl Header {
    /// A header that is always there.
    pub fn new(name: &'static str, about: &'static str) -> Self {
        Self { name, about, schema: text(), is_required: true }
    }

    /// The same header, which may be absent.
    pub fn or_none(self) -> Self {
        Self { is_required: false, ..self }
    }

    pub(crate) fn location(about: &'static str) -> Self {
        let schema = text().with("format", "uri-reference");
        Self { schema, ..Self::new("Location", about) }
    }

    fn retry_after() -> Self {
        let schema = text().with("pattern", "^[1-9][0-9]*$");
        Self { schema, ..Self::new("Retry-After", "The seconds to wait before the next try") }
    }

    fn challenge() -> Self {
        Self::new("WWW-Authenticate", "What the endpoint wants to see (RFC 9110 §11.6.1)")
    }

    /// The header in OpenAPI.
    pub(crate) fn json(&self) -> Value {
        json!({"description": self.about, "required": self.is_required, "schema": self.schema.json()})
    }
}

impl Answer {
    /// An answer with this status and this body.
    pub fn new(status: u16, about: impl Into<Cow<'static, str>>, content: Content) -> Self {
        Self { status, about: about.into(), content, headers: vec![], max_age: None, codes: vec![] }
    }

    /// The same answer with another header.
    pub fn header(mut self, header: Header) -> Self {
        self.headers.push(header);
        self
    }

    /// The same answer, which everybody may keep for `seconds`.
    pub fn kept_for(self, seconds: u32) -> Self {
        Self { max_age: Some(seconds), ..self }
    }
}

impl Dialect {
    /// The answer of everything that is refused with one status.
    pub(crate) fn refusal(self, codes: &[Code], is_bearer: bool) -> Answer {
        let status = codes.first().map_or(500, |code| code.status);
        let texts: Vec<_> = codes.iter().map(|code| code.text).collect();
        let content = match self {
            Self::Envelope => Content::Json(envelope(&texts)),
            Self::OAuth => Content::Json(oauth(&texts)),
            Self::EnvelopeOrOAuth => Content::Json(any_of([envelope(&texts), oauth(&texts)])),
            Self::Resource => Content::Json(resource(&texts)),
            Self::Pages => Content::Page,
        };
        let answer = Answer { codes: texts, ..Answer::new(status, meaning(status), content) };
        match status {
            429 | 503 => answer.header(Header::retry_after()),
            401 if self == Self::Pages => answer,
            401 if is_bearer => answer.header(Header::challenge()),
            401 if self != Self::Envelope => answer.header(Header::challenge().or_none()),
            403 if is_bearer => answer.header(Header::challenge().or_none()),
            _ => answer,
        }
    }
}

fn message() -> Schema {
    text().with("minLength", 1)
}

/// What is wrong, with a sentence for each field where fields are.
fn content(codes: &[&'static str]) -> Schema {
    let content = object([
        field("code", one_of(codes.iter().copied())),
        field("message", message()).about("A sentence for whoever reads it"),
    ]);
    if codes.contains(&"invalid_input") {
        content.and([optional("fields", map(message())).about("What is wrong with which field")])
    } else {
        content
    }
}

fn envelope(codes: &[&'static str]) -> Schema {
    object([field("ok", constant(false)), field("error", content(codes))])
}

fn oauth(codes: &[&'static str]) -> Schema {
    object([
        field("error", one_of(codes.iter().copied())),
        field("error_description", message()).about("A sentence for whoever develops the client"),
    ])
}

fn resource(codes: &[&'static str]) -> Schema {
    let id = field("request_id", text()).about("By this, the request is found in our log");
    object([field("error", content(codes).and([id]))])
}

/// A successful answer of the JSON API.
pub(crate) fn result(result: Schema) -> Content {
    Content::Json(object([field("ok", constant(true)), field("result", result)]))
}

/// The id that every answer carries.
pub(crate) fn request_id() -> Header {
    Header::new("x-request-id", "By this, the request is found in our log")
}
