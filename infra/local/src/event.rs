//! Requests as API Gateway sends them to Lambda, and its responses: payload format 2.0.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::IpAddr;

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, COOKIE, HOST, SET_COOKIE, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, Response, Uri};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lambda_http::lambda_runtime::{Context, LambdaEvent};
use lambda_http::request::LambdaRequest;
use serde::{Deserialize, Serialize};
use shared::domain::types::timestamp::Timestamp;
use url::Url;

use crate::evaluate::ACCOUNT;

/// The origin, time and route of a request.
pub struct Arrival<'a> {
    /// The route, such as `ANY /api/auth-login`.
    pub route: &'a str,
    /// The values of the route's placeholders.
    pub path_parameters: BTreeMap<String, String>,
    /// The address of the caller.
    pub source: IpAddr,
    /// The time of the request.
    pub time: Timestamp,
}

/// An event, field by field.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    version: &'static str,
    route_key: &'a str,
    raw_path: &'a str,
    raw_query_string: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cookies: Vec<String>,
    headers: BTreeMap<String, String>,
    request_context: RequestContext<'a>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    path_parameters: &'a BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Cow<'a, str>>,
    is_base64_encoded: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext<'a> {
    account_id: &'static str,
    api_id: &'static str,
    domain_name: &'a str,
    domain_prefix: &'a str,
    http: Http<'a>,
    request_id: String,
    route_key: &'a str,
    stage: &'static str,
    time: String,
    time_epoch: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Http<'a> {
    method: &'a str,
    path: &'a str,
    protocol: String,
    source_ip: &'a str,
    user_agent: String,
}

/// The event for a request, as JSON.
///
/// # Errors
///
/// None: all its parts are text.
pub fn event(parts: &Parts, body: &[u8], arrival: &Arrival<'_>) -> serde_json::Result<String> {
    let host = text(&parts.headers, HOST).unwrap_or_default();
    let source = arrival.source.to_string();
    let (body, is_base64_encoded) = encode(&parts.headers, body);
    serde_json::to_string(&Event {
        version: "2.0",
        route_key: arrival.route,
        raw_path: parts.uri.path(),
        raw_query_string: parts.uri.query().unwrap_or_default(),
        cookies: cookies(&parts.headers),
        headers: headers(&parts.headers, &source),
        request_context: RequestContext {
            account_id: ACCOUNT,
            // Its logical id, as in the rest of the template.
            api_id: "HttpApi",
            domain_name: &host,
            domain_prefix: host.split('.').next().unwrap_or_default(),
            http: Http {
                method: parts.method.as_str(),
                path: parts.uri.path(),
                protocol: format!("{:?}", parts.version),
                source_ip: &source,
                user_agent: text(&parts.headers, USER_AGENT).unwrap_or_default(),
            },
            request_id: crate::random_id(),
            route_key: arrival.route,
            stage: "$default",
            time: arrival.time.to_rfc3339(),
            time_epoch: arrival.time.as_seconds().saturating_mul(1_000),
        },
        path_parameters: &arrival.path_parameters,
        body,
        is_base64_encoded,
    })
}

/// The event with the context that Lambda gives it; none if a deployed function could not make a request of it.
pub fn request(event: &str) -> Option<LambdaEvent<LambdaRequest>> {
    let request: LambdaRequest = serde_json::from_str(event).ok()?;
    let LambdaRequest::ApiGatewayV2(sent) = &request else { return None };
    // `lambda_http` makes a URL of them, and panics where it cannot.
    let host =
        sent.headers.get(HOST).and_then(|host| host.to_str().ok()).or(sent.request_context.domain_name.as_deref());
    let path = sent.raw_path.as_deref().unwrap_or_default();
    let query = sent.raw_query_string.as_deref().unwrap_or_default();
    let url = Url::parse(&format!("http://{}{path}", host.unwrap_or("localhost"))).ok()?;
    format!("{url}?{query}").parse::<Uri>().ok()?;
    let mut context = Context::default();
    context.request_id = crate::random_id();
    Some(LambdaEvent::new(request, context))
}

/// What a function returns in payload format 2.0.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Returned {
    status_code: u16,
    headers: BTreeMap<String, String>,
    cookies: Vec<String>,
    body: Option<String>,
    is_base64_encoded: bool,
}

/// The response that the gateway makes of the JSON that a function returns; none if it is no such thing.
pub fn response(returned: &str) -> Option<Response<Body>> {
    let returned: Returned = serde_json::from_str(returned).ok()?;
    let mut response = Response::builder().status(returned.status_code);
    for (name, value) in returned.headers {
        response = response.header(name, value);
    }
    for cookie in returned.cookies {
        response = response.header(SET_COOKIE, cookie);
    }
    let body = returned.body.unwrap_or_default();
    let body = if returned.is_base64_encoded { STANDARD.decode(body).ok()? } else { body.into_bytes() };
    response.body(Body::from(body)).ok()
}

/// Text types are sent as text, and everything else, including forms, in Base64.
fn encode<'a>(headers: &HeaderMap, body: &'a [u8]) -> (Option<Cow<'a, str>>, bool) {
    if body.is_empty() {
        return (None, false);
    }
    let media_type = text(headers, CONTENT_TYPE).unwrap_or_default().to_ascii_lowercase();
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    let is_text = media_type.starts_with("text/")
        || matches!(media_type, "application/json" | "application/javascript" | "application/xml");
    match std::str::from_utf8(body) {
        Ok(body) if is_text => (Some(Cow::Borrowed(body)), false),
        _ => (Some(Cow::Owned(STANDARD.encode(body))), true),
    }
}

/// One value for each name, several values joined by commas, and the headers that the gateway adds.
fn headers(headers: &HeaderMap, source: &str) -> BTreeMap<String, String> {
    let names = headers.keys().filter(|name| *name != COOKIE && *name != "x-forwarded-proto");
    let mut all: BTreeMap<_, _> =
        names.map(|name| (name.to_string(), text(headers, name).unwrap_or_default())).collect();
    let forwarded =
        all.remove("x-forwarded-for").map_or_else(|| source.to_owned(), |before| format!("{before}, {source}"));
    all.insert("x-forwarded-for".to_owned(), forwarded);
    all.insert("x-forwarded-proto".to_owned(), "http".to_owned());
    all
}

fn text(headers: &HeaderMap, name: impl Into<HeaderName>) -> Option<String> {
    let values: Vec<_> = headers
        .get_all(name.into())
        .iter()
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
        .collect();
    (!values.is_empty()).then(|| values.join(","))
}

fn cookies(headers: &HeaderMap) -> Vec<String> {
    let values = headers.get_all(COOKIE).iter().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let cookies = values.flat_map(|value| value.split(';').map(|cookie| cookie.trim().to_owned()).collect::<Vec<_>>());
    cookies.filter(|cookie| !cookie.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;
    use serde_json::{Value, json};
    use std::net::Ipv4Addr;

    fn json_of(request: Request<&[u8]>) -> String {
        let (parts, body) = request.into_parts();
        let arrival = Arrival {
            route: "ANY /x",
            path_parameters: BTreeMap::new(),
            source: IpAddr::V4(Ipv4Addr::LOCALHOST),
            time: Timestamp::from_seconds(7),
        };
        event(&parts, body, &arrival).unwrap()
    }

    fn event_of(request: Request<&[u8]>) -> Value {
        serde_json::from_str(&json_of(request)).unwrap()
    }

    #[test]
    fn an_event_has_what_the_gateway_sends() {
        let request = Request::post("/x/y?a=1&a=2").header("Host", "h.example").header("Cookie", "a=b; c=d");
        let request = request.header("X-Twice", "1").header("X-Twice", "2").header("Content-Type", "application/json");
        let event = event_of(request.body(&b"{}"[..]).unwrap());
        assert_eq!(event["rawQueryString"], "a=1&a=2");
        assert_eq!(event["cookies"], json!(["a=b", "c=d"]));
        assert_eq!(event["headers"]["x-twice"], "1,2");
        assert_eq!(event["body"], "{}");
        assert_eq!(event["requestContext"]["http"]["sourceIp"], "127.0.0.1");
        assert_eq!(event["requestContext"]["timeEpoch"], 7_000);
        let read = lambda_http::Request::from(super::request(&event.to_string()).unwrap().payload);
        assert_eq!((read.method().as_str(), read.uri().query()), ("POST", Some("a=1&a=2")));
        assert_eq!(read.headers()["cookie"], "a=b; c=d");
    }

    #[test]
    fn bytes_that_are_no_text_are_sent_in_base64() {
        let json = Request::post("/x").header("Content-Type", "application/json").body(&[0xff][..]).unwrap();
        assert_eq!(event_of(json)["isBase64Encoded"], true);
        let form = Request::post("/x").header("Content-Type", "application/x-www-form-urlencoded");
        assert_eq!(event_of(form.body(&b"a=b"[..]).unwrap())["body"], "YT1i");
    }

    #[test]
    fn what_cannot_be_a_request_is_none() {
        let request = Request::post("/x").header("Host", "a b").body(&b""[..]).unwrap();
        assert!(super::request(&json_of(request)).is_none());
    }
}
