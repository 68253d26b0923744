//! An endpoint: one method at one path or several equivalent paths.

use std::borrow::Cow;
use std::collections::BTreeMap;

use lambda_http::http::Method;
use serde_json::{Value, json};
use shared::domain::oauth::error::OAuthCode;
use shared::http::error::api::ApiCode;

use super::answer::{Answer, Content, Dialect, Header, result};
use super::caller::Caller;
use super::codes::Code;
use super::schema::{Field, Schema, any_of, list};

/// The media type of a form.
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";
/// The media type of JSON.
pub(crate) const JSON: &str = "application/json";

/// The media type of lines of JSON.
const JSON_LINES: &str = "application/x-ndjson";

/// The media type of a JSON Merge Patch.
const MERGE_PATCH: &str = "application/merge-patch+json";

/// An endpoint.
#[derive(Clone, Debug)]
pub struct Operation {
    pub(crate) method: Method,
    /// The paths; the first one is recommended.
    pub(crate) addresses: Vec<Address>,
    pub(crate) summary: &'static str,
    pub(crate) about: Cow<'static, str>,
    pub(crate) caller: Caller,
    pub(crate) dialect: Dialect,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) bodies: Vec<Body>,
    answers: Vec<Answer>,
    codes: Vec<Code>,
}

/// A path of an endpoint, with its operation id.
#[derive(Clone, Debug)]
pub struct Address {
    pub(crate) path: Cow<'static, str>,
    pub(crate) id: &'static str,
}

/// A parameter outside of the body.
#[derive(Clone, Debug)]
pub struct Parameter {
    pub(crate) place: Place,
    pub(crate) field: Field,
}

/// The location of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the path.
    Path,
    /// In the query.
    Query,
    /// In a header.
    Header,
}

/// A body that an endpoint reads.
#[derive(Clone, Debug)]
pub struct Body {
    pub(crate) media_type: &'static str,
    pub(crate) schema: Schema,
    pub(crate) example: Option<Value>,
}

/// An endpoint of the JSON API: `POST /api/<name>`.
pub fn api(name: &'static str, summary: &'static str) -> Operation {
    Operation::new(Method::POST, format!("/api/{name}"), name, summary, Dialect::Envelope)
}

/// An endpoint for `GET`.
pub fn get(path: &'static str, id: &'static str, summary: &'static str, dialect: Dialect) -> Operation {
    Operation::new(Method::GET, path, id, summary, dialect)
}

/// An endpoint for `POST`.
pub fn post(path: &'static str, id: &'static str, summary: &'static str, dialect: Dialect) -> Operation {
    Operation::new(Method::POST, path, id, summary, dialect)
}

impl Operation {
    /// An endpoint with this method at this path.
    pub fn new(
        method: Method,
        path: impl Into<Cow<'static, str>>,
        id: &'static str,
        summary: &'static str,
        dialect: Dialect,
    ) -> Self {
        Self {
            method,
            addresses: vec![Address { path: path.into(), id }],
            summary,
            about: "".into(),
            caller: Caller::Anonymous,
            dialect,
            parameters: vec![],
            bodies: vec![],
            answers: vec![],
            codes: vec![],
        }
    }

    /// The same endpoint at another path.
    pub fn also_at(mut self, path: &'static str, id: &'static str) -> Self {
        self.addresses.push(Address { path: path.into(), id });
        self
    }

    /// The same endpoint with a description.
    pub fn about(self, about: impl Into<Cow<'static, str>>) -> Self {
        Self { about: about.into(), ..self }
    }

    /// The same endpoint for these callers.
    pub fn by(self, caller: Caller) -> Self {
        Self { caller, ..self }
    }

    /// The same endpoint with a JSON body, in which `null` is treated as absent.
    pub fn takes(self, schema: Schema) -> Self {
        self.takes_in(JSON, schema.with_nulls())
    }

    /// The same endpoint with a form as its body.
    pub fn takes_form(self, schema: Schema) -> Self {
        self.takes_in(FORM, schema)
    }

    /// The same endpoint with a JSON Merge Patch as its body (RFC 7396), also with the media type of JSON.
    pub fn takes_patch(self, schema: Schema) -> Self {
        self.takes_in(JSON, schema.clone()).takes_in(MERGE_PATCH, schema)
    }

    /// The same endpoint with lines of JSON as its body: each is a value of this schema, in which `null` is treated as absent.
    pub fn takes_lines(self, schema: Schema) -> Self {
        self.takes_in(JSON_LINES, list(schema.with_nulls()))
    }

    fn takes_in(mut self, media_type: &'static str, schema: Schema) -> Self {
        self.bodies.push(Body { media_type, schema, example: None });
        self
    }

    /// The same endpoint with an example of the last body.
    pub fn example(mut self, example: Value) -> Self {
        if let Some(body) = self.bodies.last_mut() {
            body.example = Some(example);
        }
        self
    }

    /// The same endpoint with parameters in the query.
    pub fn query(mut self, fields: impl IntoIterator<Item = Field>) -> Self {
        self.parameters.extend(fields.into_iter().map(|field| Parameter { place: Place::Query, field }));
        self
    }

    /// The same endpoint with a parameter in its path, or in a header.
    pub fn parameter(mut self, place: Place, field: Field) -> Self {
        self.parameters.push(Parameter { place, field });
        self
    }

    /// The same endpoint, which returns this in the envelope of the JSON API.
    pub fn gives(self, schema: Schema, about: &'static str) -> Self {
        let content = result(schema);
        self.answers(Answer::new(200, about, content))
    }

    /// The same endpoint, which returns this in the dialect of the request.
    pub fn gives_either(self, in_envelope: Schema, plain: Schema, about: &'static str) -> Self {
        let Content::Json(enveloped) = result(in_envelope) else { return self };
        self.answers(Answer::new(200, about, Content::Json(any_of([enveloped, plain]))))
    }

    /// The same endpoint, which returns this JSON.
    pub fn gives_json(self, schema: Schema, about: &'static str) -> Self {
        self.answers(Answer::new(200, about, Content::Json(schema)))
    }

    /// The same endpoint, which returns a page.
    pub fn shows(self, about: &'static str) -> Self {
        self.answers(Answer::new(200, about, Content::Page))
    }

    /// The same endpoint, which redirects the browser.
    pub fn leads(self, about: &'static str) -> Self {
        self.answers(
            Answer::new(303, about, Content::Nothing)
                .header(Header::location("The address to which the browser is redirected")),
        )
    }

    /// The same endpoint with another response.
    pub fn answers(mut self, answer: Answer) -> Self {
        self.answers.push(answer);
        self
    }

    /// The same endpoint with these error codes, beside those of every endpoint of its kind.
    pub fn refuses<C: Into<Code>>(mut self, codes: impl IntoIterator<Item = C>) -> Self {
        self.codes.extend(codes.into_iter().map(Into::into));
        self
    }

    /// The same endpoint with these error statuses of its pages.
    pub fn refuses_with(mut self, statuses: impl IntoIterator<Item = u16>) -> Self {
        self.codes.extend(statuses.into_iter().map(|status| Code { status, text: "" }));
        self
    }

    /// Every response, by status.
    pub(crate) fn all_answers(&self) -> Vec<Answer> {
        let mut refused: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
        let callers = self.caller.refusals(self.dialect);
        for code in self.codes.iter().copied().chain(callers).chain(self.common_refusals()) {
            let codes = refused.entry(code.status).or_default();
            if !codes.contains(&code) {
                codes.push(code);
            }
        }
        let refusals = refused.into_values().map(|codes| self.dialect.refusal(&codes, self.caller.is_bearer()));
        let mut all: Vec<_> = self.answers.iter().cloned().chain(refusals).collect();
        all.sort_by_key(|answer| answer.status);
        all
    }

    /// The errors of every endpoint of its kind: for unreadable requests and for faults of the server.
    fn common_refusals(&self) -> Vec<Code> {
        let has_body = !self.bodies.is_empty();
        let has_fields = self.bodies.iter().any(|body| !body.schema.fields().is_empty());
        let has_query = self.parameters.iter().any(|parameter| parameter.place == Place::Query);
        let given = |codes: &[(bool, Code)]| codes.iter().filter(|(is, _)| *is).map(|(_, code)| *code).collect();
        let api = |code: ApiCode| Code::from(code);
        let oauth = |code: OAuthCode| Code::from(code);
        let page = |status| Code { status, text: "" };
        match self.dialect {
            Dialect::Envelope | Dialect::Resource => given(&[
                (has_body || has_query, api(ApiCode::InvalidJson)),
                (has_fields || has_query, api(ApiCode::InvalidInput)),
                (has_body, api(ApiCode::PayloadTooLarge)),
                (has_body, api(ApiCode::UnsupportedMediaType)),
                (true, api(ApiCode::InternalError)),
                (true, api(ApiCode::Unavailable)),
            ]),
            Dialect::OAuth | Dialect::EnvelopeOrOAuth => given(&[
                (has_body, oauth(OAuthCode::InvalidRequest)),
                (has_body, oauth(OAuthCode::PayloadTooLarge)),
                (has_body, oauth(OAuthCode::UnsupportedMediaType)),
                (true, oauth(OAuthCode::ServerError)),
                (true, oauth(OAuthCode::TemporarilyUnavailable)),
            ]),
            Dialect::Pages => given(&[
                (true, page(400)),
                (has_body, page(403)),
                (has_body, page(413)),
                (has_body, page(415)),
                (true, page(500)),
                (true, page(503)),
            ]),
        }
    }

    /// The parameters and the body in OpenAPI.
    pub(crate) fn request_json(&self) -> (Value, Option<Value>) {
        let parameters = self.parameters.iter().map(Parameter::json);
        let body = (!self.bodies.is_empty()).then(|| {
            let content: serde_json::Map<_, _> = self.bodies.iter().map(Body::json).collect();
            let is_required = self.bodies.iter().any(|body| body.schema.fields().iter().any(|field| field.is_required));
            json!({"required": is_required, "content": content})
        });
        (parameters.collect(), body)
    }
}

impl Parameter {
    /// The parameter in OpenAPI.
    pub(crate) fn json(&self) -> Value {
        let Self { place, field } = self;
        let place = match place {
            Place::Path => "path",
            Place::Query => "query",
            Place::Header => "header",
        };
        json!({
            "name": field.name, "in": place, "required": field.is_required, "description": field.about,
            "schema": field.schema.json(),
        })
    }
}

impl Body {
    fn json(&self) -> (String, Value) {
        let mut json = json!({"schema": self.schema.json()});
        if let (Some(json), Some(example)) = (json.as_object_mut(), &self.example) {
            json.insert("example".to_owned(), example.clone());
        }
        (self.media_type.to_owned(), json)
    }
}
