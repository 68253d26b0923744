//! Compares every request and response of every test with the OpenAPI document: a difference is a mistake in one of the
//! two.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use jsonschema::Validator;
use openapi::Service;
use openapi::document::Document;
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use shared::config::Config;

use super::reply::Reply;

/// The document of servers with one configuration. Validators are built on first use.
pub struct Contract {
    document: Value,
    /// The named schemas: `strict` for responses, `lenient` for request bodies.
    strict: Value,
    lenient: Value,
    paths: matchit::Router<String>,
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

/// A request.
pub struct Sent {
    pub method: Method,
    pub path: String,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

/// Each test has its own server, and nearly all servers have the same document except for their address.
static CONTRACTS: Mutex<Vec<(Service, Arc<Contract>)>> = Mutex::new(Vec::new());

impl Contract {
    /// The document of a server with this configuration.
    pub fn of(config: &Config) -> Arc<Self> {
        let service = Service { server: "/".to_owned(), ..Service::of(config) };
        let mut contracts = CONTRACTS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, known)) = contracts.iter().find(|(known, _)| *known == service) {
            return Arc::clone(known);
        }
        let contract = Arc::new(Self::new(openapi::openapi(&Document::of(service.clone()))));
        contracts.push((service, Arc::clone(&contract)));
        contract
    }

    fn new(document: Value) -> Self {
        let mut paths = matchit::Router::new();
        for path in document["paths"].as_object().unwrap().keys() {
            paths.insert(routed(path), path.clone()).unwrap();
        }
        let lenient = document["components"]["schemas"].clone();
        let mut strict = lenient.clone();
        close(&mut strict);
        Self { document, strict, lenient, paths, validators: Mutex::default() }
    }

    /// Asserts that the response is in the document, and the request too if it was accepted.
    pub fn assert_documented(&self, sent: &Sent, reply: &Reply) {
        if let Err(mistake) = self.compare(sent, reply) {
            panic!("{} {} was answered with {}, but {mistake}\n{}", sent.method, sent.path, reply.status, reply.text);
        }
    }

    /// Asserts that a message to a webhook is in the document, with its headers.
    pub fn assert_message(&self, headers: &BTreeMap<String, String>, body: &Value) {
        let messages = &self.document["webhooks"];
        let kind = body["type"].as_str().expect("a type");
        let name = messages.get(kind).map_or("event", |_| kind);
        let operation = &messages[name]["post"];
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        let mut compared = self.validate(&format!("message {name}"), schema, true, body);
        for header in operation["parameters"].as_array().expect("headers") {
            let name = header["name"].as_str().expect("a name");
            let value = headers.get(name).map_or(Value::Null, |value| json!(value));
            compared =
                compared.and_then(|()| self.validate(&format!("message {name}"), &header["schema"], true, &value));
        }
        if let Err(mistake) = compared {
            panic!("a message of the type {kind} is not in the document: {mistake}\n{body}");
        }
    }

    fn compare(&self, sent: &Sent, reply: &Reply) -> Result<(), String> {
        let path = sent.path.split('?').next().unwrap_or_default();
        if path == "/" || path.starts_with("/dev/") {
            // Paths of the local server only.
            return Ok(());
        }
        let Ok(found) = self.paths.at(path) else { return undocumented(path, reply) };
        let template = found.value;
        let methods = self.document["paths"][template].as_object().unwrap();
        if sent.method == Method::OPTIONS {
            return expect("OPTIONS is answered with 204", reply.status == 204);
        }
        // HEAD is everywhere where GET is, with the same headers.
        let is_head = sent.method == Method::HEAD;
        let method = if is_head { &Method::GET } else { &sent.method };
        let Some(operation) = methods.get(&method.as_str().to_ascii_lowercase()) else {
            let known = methods.keys().map(|method| method.to_ascii_uppercase()).chain(["OPTIONS".to_owned()]);
            let known = known.chain(methods.contains_key("get").then(|| "HEAD".to_owned()));
            let known: BTreeSet<String> = known.collect();
            let allowed: BTreeSet<String> = reply.header("allow").split(", ").map(str::to_owned).collect();
            return expect(&format!("the path has {known:?}"), reply.status == 405 && allowed == known);
        };
        let place = format!("{} {template} {}", sent.method, reply.status);
        let response = self.resolve(&operation["responses"][reply.status.to_string()]);
        if response.is_null() {
            return Err(format!("{template} does not have this status in the document"));
        }
        self.compare_headers(&place, response, reply)?;
        if is_head {
            return expect("HEAD is answered without a body", reply.text.is_empty());
        }
        self.compare_body(&place, response, reply)?;
        if reply.status < 400 { self.compare_sent(&place, operation, sent, reply) } else { Ok(()) }
    }

    fn compare_headers(&self, place: &str, response: &Value, reply: &Reply) -> Result<(), String> {
        for (name, header) in response["headers"].as_object().into_iter().flatten() {
            let header = self.resolve(header);
            match reply.headers.get(name).map(|value| value.to_str().unwrap_or_default()) {
                Some(value) => self.validate(&format!("{place} {name}"), &header["schema"], true, &json!(value))?,
                None => expect(&format!("there is no {name}"), header["required"] != true)?,
            }
        }
        Ok(())
    }

    fn compare_body(&self, place: &str, response: &Value, reply: &Reply) -> Result<(), String> {
        let contents = response["content"].as_object();
        if contents.is_none_or(serde_json::Map::is_empty) {
            return expect("there is no body in the document", reply.text.is_empty());
        }
        let media_type = reply.header("content-type").split(';').next().unwrap_or_default();
        let Some(content) = contents.and_then(|contents| contents.get(media_type)) else {
            return Err(format!("{media_type} is not in the document"));
        };
        if media_type != "application/json" {
            return Ok(());
        }
        let json = serde_json::from_str(&reply.text).map_err(|error| format!("is no JSON: {error}"))?;
        self.validate(&format!("{place} body"), &content["schema"], true, &json)
    }

    /// Compares an accepted request with the request body in the document.
    fn compare_sent(&self, place: &str, operation: &Value, sent: &Sent, reply: &Reply) -> Result<(), String> {
        let body = &operation["requestBody"];
        if sent.body.is_empty() || body.is_null() {
            return expect("it was sent without a body", body["required"] != true || !sent.body.is_empty());
        }
        let header = sent.headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let media_type = header.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let content = &body["content"][&media_type];
        let json = match media_type.as_str() {
            "application/json" | "application/merge-patch+json" => {
                serde_json::from_slice(&sent.body).map_err(|error| error.to_string())?
            }
            "application/x-ndjson" => accepted_lines(&sent.body, &reply.json()),
            "application/x-www-form-urlencoded" => {
                let pairs = form_urlencoded::parse(&sent.body).filter(|(_, value)| !value.is_empty());
                pairs.map(|(name, value)| (name.into_owned(), json!(value))).collect::<serde_json::Map<_, _>>().into()
            }
            _ => Value::Null,
        };
        if content.is_null() || json.is_null() {
            return Err(format!("a body of {media_type} is not in the document"));
        }
        self.validate(&format!("{place} {media_type} sent"), &content["schema"], false, &json)
            .map_err(|mistake| format!("what was sent is not in the document: {mistake}"))
    }

    fn validate(&self, place: &str, schema: &Value, is_response: bool, value: &Value) -> Result<(), String> {
        let known = self.validators.lock().unwrap().get(place).cloned();
        let validator = match known {
            Some(validator) => validator,
            None => {
                let validator = Arc::new(self.validator(schema, is_response));
                self.validators.lock().unwrap().insert(place.to_owned(), Arc::clone(&validator));
                validator
            }
        };
        let mistakes: Vec<_> =
            validator.iter_errors(value).map(|error| format!("{} at {}", error, error.instance_path())).collect();
        expect(&format!("{place}: {}", mistakes.join("; ")), mistakes.is_empty())
    }

    /// Builds a validator: a response may have documented fields only, a request may have others, which are ignored.
    fn validator(&self, schema: &Value, is_response: bool) -> Validator {
        let mut schema = schema.clone();
        if is_response {
            close(&mut schema);
        }
        schema["components"] = json!({"schemas": if is_response { &self.strict } else { &self.lenient }});
        let options = jsonschema::options().with_draft(jsonschema::Draft::Draft202012);
        options.should_validate_formats(is_response).build(&schema).expect("a schema")
    }

    fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#')) {
            Some(pointer) => self.document.pointer(pointer).unwrap_or(&Value::Null),
            None => value,
        }
    }
}

/// The lines of a body, each JSON, that were not refused.
fn accepted_lines(body: &[u8], answer: &Value) -> Value {
    let lines: Vec<&[u8]> = body.split(|byte| *byte == b'\n').collect();
    let reports = answer["result"]["lines"].as_array().into_iter().flatten();
    let accepted = reports.filter(|report| report["outcome"] != "refused");
    let number = |report: &Value| usize::try_from(report["line"].as_u64().expect("a number")).expect("a number");
    accepted.map(|report| serde_json::from_slice::<Value>(lines[number(report) - 1]).expect("JSON")).collect()
}

/// Asserts that a path outside the document is refused.
fn undocumented(path: &str, reply: &Reply) -> Result<(), String> {
    // Paths below `/account/` redirect to the sign-in page, whether they exist or not.
    let is_account = path.starts_with("/account/") && matches!(reply.status, 303 | 403);
    let is_refused = matches!(reply.status, 204 | 400 | 404 | 405 | 413 | 415);
    expect(&format!("the document does not have {path}"), is_refused || is_account)
}

fn expect(otherwise: &str, is_so: bool) -> Result<(), String> {
    if is_so { Ok(()) } else { Err(otherwise.to_owned()) }
}

/// A path of the document in the syntax of the router: one has a parameter of several segments.
pub fn routed(path: &str) -> String {
    path.replace("oauth-protected-resource/{path}", "oauth-protected-resource/{*path}")
}

/// Allows only the documented fields in objects.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            object.values_mut().for_each(close);
            if object.get("properties").is_some_and(Value::is_object) && object.contains_key("type") {
                object.insert("additionalProperties".to_owned(), json!(false));
            }
        }
        Value::Array(array) => array.iter_mut().for_each(close),
        _ => {}
    }
}
