//! A request, with everything about it that a handler may need.

use std::sync::Arc;

use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpRequestContext;
use lambda_http::http::{HeaderMap, Method, header};
use lambda_http::request::RequestContext;
use lambda_http::{Body, RequestExt};

use crate::domain::input::fields::Fields;
use crate::domain::input::refusal::Refusal;
use crate::domain::session::device::Device;
use crate::domain::types::network_address::SourceAddress;
use crate::domain::types::origin::Origin;

/// The longest body that any endpoint reads, in bytes.
const LONGEST_BODY: usize = 64 * 1024;

/// The type of JSON.
const JSON: &str = "application/json";
/// The type of changes in JSON (RFC 7396 §4).
const MERGE_PATCH: &str = "application/merge-patch+json";
/// The type of lines of JSON.
const JSON_LINES: &str = "application/x-ndjson";
/// The type of a form.
const FORM: &str = "application/x-www-form-urlencoded";

/// A request without its body: what is known before anything is read.
#[derive(Clone, Debug, Default)]
pub struct Head {
    /// The method.
    pub method: Method,
    /// The path, as it was sent.
    pub path: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The request's id, in the response and in the log.
    pub request_id: String,
    /// The route that API Gateway chose, such as `ANY /api/auth-login`.
    pub route: String,
    /// The API's id at API Gateway, which no caller can choose.
    pub api_id: Option<String>,
    /// Our own origin: the issuer where it is configured, and otherwise where API Gateway received the request. Empty
    /// where neither is known.
    pub own_origin: String,
    source: String,
    user_agent: String,
}

impl Head {
    /// A header's value, if it was sent once and is text.
    pub fn header(&self, name: impl header::AsHeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The media type of the body, in lower case and without parameters.
    pub fn media_type(&self) -> Option<String> {
        let value = self.header(header::CONTENT_TYPE)?;
        Some(value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
    }

    /// Says whether the body's charset, if it names one, is UTF-8.
    fn is_utf8(&self) -> bool {
        let value = self.header(header::CONTENT_TYPE).unwrap_or_default().to_ascii_lowercase();
        let charset =
            value.split(';').skip(1).find_map(|parameter| parameter.trim().strip_prefix("charset=").map(str::to_owned));
        charset.is_none_or(|charset| charset.trim_matches('"') == "utf-8")
    }
}

/// A line of a body of JSON lines.
#[derive(Clone, Debug)]
pub struct JsonLine {
    /// Its number in the body, from one.
    pub number: usize,
    /// Its fields; none if it is not a JSON object.
    pub fields: Option<Fields>,
}

/// A request.
#[derive(Debug)]
pub struct Request {
    /// All but the body.
    pub head: Arc<Head>,
    query: String,
    body: Vec<u8>,
}

impl Request {
    /// Reads what API Gateway sent. Query and body stay raw, because the gateway merges repeated parameters.
    pub fn new(request: lambda_http::Request) -> Self {
        let context = match request.request_context_ref() {
            Some(RequestContext::ApiGatewayV2(context)) => context.clone(),
            _ => ApiGatewayV2httpRequestContext::default(),
        };
        let invocation =
            request.lambda_context_ref().map(|context| context.request_id.clone()).filter(|id| !id.is_empty());
        let path = request.raw_http_path().to_owned();
        let (parts, body) = request.into_parts();
        let user_agent =
            parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let head = Head {
            path,
            // Lambda's own, as in the log lines of the platform; the gateway's access log has both.
            request_id: invocation.or(context.request_id).unwrap_or_default(),
            route: context.route_key.unwrap_or_default(),
            api_id: context.apiid,
            own_origin: context.domain_name.map(|domain| format!("https://{domain}")).unwrap_or_default(),
            source: context.http.source_ip.unwrap_or_default(),
            user_agent: user_agent.chars().take(200).collect(),
            method: parts.method,
            headers: parts.headers,
        };
        let body = match body {
            Body::Text(text) => text.into_bytes(),
            Body::Binary(bytes) => bytes,
            _ => Vec::new(),
        };
        Self { head: Arc::new(head), query: parts.uri.query().unwrap_or_default().to_owned(), body }
    }

    /// The request, which arrived at this issuer if one is configured.
    pub fn at_issuer(mut self, configured: Option<&str>) -> Self {
        if let Some(issuer) = configured {
            issuer.clone_into(&mut Arc::make_mut(&mut self.head).own_origin);
        }
        self
    }

    /// Says whether the body is longer than any endpoint reads.
    pub fn is_oversized(&self) -> bool {
        self.body.len() > LONGEST_BODY
    }

    /// Says whether there is no body.
    pub fn is_empty(&self) -> bool {
        self.body.is_empty()
    }

    /// The query string, as it was sent.
    pub fn query(&self) -> &str {
        &self.query
    }

    /// Reads the query, where every parameter may occur once; one without a value counts as absent.
    ///
    /// # Errors
    ///
    /// [`Refusal::Malformed`] when it cannot be read.
    pub fn query_fields(&self) -> Result<Fields, Refusal> {
        Fields::from_form(self.query.as_bytes())
    }

    /// The body as it was sent, if it is a form.
    ///
    /// # Errors
    ///
    /// [`Refusal::MediaType`] when the body is of another type.
    pub fn raw_form(&self) -> Result<&[u8], Refusal> {
        if self.head.media_type().as_deref() != Some(FORM) || !self.head.is_utf8() {
            return Err(Refusal::MediaType(FORM));
        }
        Ok(&self.body)
    }

    /// Says whether there is a query string.
    pub fn has_query(&self) -> bool {
        !self.query.is_empty()
    }

    /// Reads a JSON body; no body at all has no fields.
    ///
    /// # Errors
    ///
    /// [`Refusal::MediaType`] when the body is of another type, [`Refusal::Malformed`] when it is not one JSON object.
    pub fn json(&self) -> Result<Fields, Refusal> {
        self.json_of(&[JSON], JSON)
    }

    /// Reads a JSON Merge Patch (RFC 7396), which may also call itself JSON; no body at all has no fields.
    ///
    /// # Errors
    ///
    /// Those of [`Self::json`].
    pub fn merge_patch(&self) -> Result<Fields, Refusal> {
        self.json_of(&[MERGE_PATCH, JSON], "application/merge-patch+json or application/json")
    }

    fn json_of(&self, media_types: &[&str], expected: &'static str) -> Result<Fields, Refusal> {
        if self.body.is_empty() {
            return Ok(Fields::default());
        }
        let is_expected = self.head.media_type().is_some_and(|media_type| media_types.contains(&media_type.as_str()));
        if !is_expected || !self.head.is_utf8() {
            return Err(Refusal::MediaType(expected));
        }
        Fields::from_json(&self.body)
    }

    /// Reads a body of lines, each a JSON object. Empty lines are left out; no body at all has no lines.
    ///
    /// # Errors
    ///
    /// [`Refusal::MediaType`] when the body is of another type, [`Refusal::Malformed`] when it has more than `most` lines.
    pub fn json_lines(&self, most: usize) -> Result<Vec<JsonLine>, Refusal> {
        if self.body.is_empty() {
            return Ok(Vec::new());
        }
        if self.head.media_type().as_deref() != Some(JSON_LINES) || !self.head.is_utf8() {
            return Err(Refusal::MediaType(JSON_LINES));
        }
        let lines = self.body.split(|byte| *byte == b'\n').enumerate();
        let lines: Vec<_> = lines.filter(|(_, line)| !line.trim_ascii().is_empty()).collect();
        if lines.len() > most {
            return Err(Refusal::Malformed("The body has too many lines"));
        }
        let read = |(index, line)| JsonLine { number: index + 1, fields: Fields::from_json(line).ok() };
        Ok(lines.into_iter().map(read).collect())
    }

    /// Reads a form body, where every parameter may occur once; one without a value counts as absent.
    ///
    /// # Errors
    ///
    /// [`Refusal::MediaType`] when the body is of another type, [`Refusal::Malformed`] when it cannot be read.
    pub fn form(&self) -> Result<Fields, Refusal> {
        Fields::from_form(self.raw_form()?)
    }

    /// Where the request came from, as limits count it.
    pub fn source(&self) -> SourceAddress {
        SourceAddress::parse(&self.head.source)
    }

    /// Where the request came from, as the audit trail records it.
    pub fn origin(&self) -> Origin {
        Origin {
            address: self.head.source.clone(),
            user_agent: self.head.user_agent.clone(),
            request_id: self.head.request_id.clone(),
        }
    }

    /// The network address and the user agent of a sign-in.
    pub fn device(&self) -> Device {
        Device { address: self.head.source.clone(), user_agent: self.head.user_agent.clone() }
    }
}
