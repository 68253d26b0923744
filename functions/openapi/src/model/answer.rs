//! Responses: those of a successful request, and the errors of each dialect.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::codes::{Code, meaning};
use super::schema::{Schema, any_of, constant, field, map, object, one_of, optional, string, uri};

/// The response format of an endpoint.
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

/// The body of a response.
#[derive(Clone, Debug)]
pub enum Content {
    /// Nothing.
    Nothing,
    /// JSON.
    Json(Schema),
    /// JSON of another media type.
    JsonAs(&'static str, Schema),
    /// A page.
    Page,
}

/// A header of a response.
#[derive(Clone, Debug)]
pub struct Header {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) schema: Schema,
    pub(crate) is_required: bool,
}

/// A response.
#[derive(Clone, Debug)]
pub struct Answer {
    pub(crate) status: u16,
    pub(crate) about: Cow<'static, str>,
    pub(crate) content: Content,
    pub(crate) headers: Vec<Header>,
    /// How long it may be cached, in seconds; without it, the response must not be stored.
    pub(crate) max_age: Option<u32>,
    /// The error codes of an error response.
    pub(crate) codes: Vec<&'static str>,
}

impl Header {
    /// A header that is always there.
    pub fn new(name: &'static str, about: &'static str) -> Self {
        Self { name, about, schema: string(), is_required: true }
    }

    /// The same header, which may be absent.
    pub fn or_none(self) -> Self {
        Self { is_required: false, ..self }
    }

    pub(crate) fn location(about: &'static str) -> Self {
        let schema = string().with("format", "uri-reference");
        Self { schema, ..Self::new("Location", about) }
    }

    fn retry_after() -> Self {
        let schema = string().with("pattern", "^[1-9][0-9]*$");
        Self { schema, ..Self::new("Retry-After", "The number of seconds to wait before the next try") }
    }

    fn challenge() -> Self {
        Self::new("WWW-Authenticate", "The required authentication (RFC 9110 §11.6.1)")
    }

    /// The header in OpenAPI.
    pub(crate) fn json(&self) -> Value {
        json!({"description": self.about, "required": self.is_required, "schema": self.schema.json()})
    }
}

impl Answer {
    /// A response with this status and this body.
    pub fn new(status: u16, about: impl Into<Cow<'static, str>>, content: Content) -> Self {
        Self { status, about: about.into(), content, headers: vec![], max_age: None, codes: vec![] }
    }

    /// The same response with another header.
    pub fn header(mut self, header: Header) -> Self {
        self.headers.push(header);
        self
    }

    /// The same response, which may be cached for `seconds`.
    pub fn cacheable_for(self, seconds: u32) -> Self {
        Self { max_age: Some(seconds), ..self }
    }
}

impl Dialect {
    /// The error response of a status.
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
    string().with("minLength", 1)
}

/// The content of an error, with a sentence for each wrong field.
fn content(codes: &[&'static str]) -> Schema {
    let content = object([
        field("code", one_of(codes.iter().copied())),
        field("message", message()).about("A description of the error"),
    ]);
    if codes.contains(&"invalid_input") {
        content.and([optional("fields", map(message())).about("The mistake in each wrong field")])
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
        field("error_description", message()).about("A description of the error for the client's developer"),
        optional("error_uri", uri()).about("The page that explains the code"),
    ])
}

fn resource(codes: &[&'static str]) -> Schema {
    let id = field("request_id", string()).about("The id of the request in the server's log");
    object([field("error", content(codes).and([id]))])
}

/// A successful response of the JSON API.
pub(crate) fn result(result: Schema) -> Content {
    Content::Json(object([field("ok", constant(true)), field("result", result)]))
}

/// The header with the request's id, which every response has.
pub(crate) fn request_id() -> Header {
    Header::new("x-request-id", "The id of the request in the server's log")
}
