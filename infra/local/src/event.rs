//! Requests as API Gateway sends them to Lambda, and its responses: payload format 2.0.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::panic::catch_unwind;

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, COOKIE, HOST, SET_COOKIE, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lambda_http::lambda_runtime::{Context, LambdaEvent};
use lambda_http::request::LambdaRequest;
use serde_json::{Value, json};
use shared::domain::types::timestamp::Timestamp;

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

/// The event for a request.
pub fn event(parts: &Parts, body: &[u8], arrival: &Arrival<'_>) -> Value {
    let host = text(&parts.headers, HOST).unwrap_or_default();
    let source = arrival.source.to_string();
    let (body, is_base64_encoded) = encode(&parts.headers, body);
    let mut event = json!({
        "version": "2.0",
        "routeKey": arrival.route,
        "rawPath": parts.uri.path(),
        "rawQueryString": parts.uri.query().unwrap_or_default(),
        "headers": headers(&parts.headers, &source),
        "requestContext": {
            "accountId": ACCOUNT,
            // Its logical id, as in the rest of the template.
            "apiId": "HttpApi",
            "domainName": host,
            "domainPrefix": host.split('.').next().unwrap_or_default(),
            "http": {
                "method": parts.method.as_str(),
                "path": parts.uri.path(),
                "protocol": format!("{:?}", parts.version),
                "sourceIp": source,
                "userAgent": text(&parts.headers, USER_AGENT).unwrap_or_default(),
            },
            "requestId": crate::random_id(),
            "routeKey": arrival.route,
            "stage": "$default",
            "time": arrival.time.to_rfc3339(),
            "timeEpoch": arrival.time.as_seconds().saturating_mul(1_000),
        },
        "isBase64Encoded": is_base64_encoded,
    });
    if let Some(fields) = event.as_object_mut() {
        let cookies = cookies(&parts.headers);
        if !cookies.is_empty() {
            fields.insert("cookies".to_owned(), json!(cookies));
        }
        if !arrival.path_parameters.is_empty() {
            fields.insert("pathParameters".to_owned(), json!(arrival.path_parameters));
        }
        if let Some(body) = body {
            fields.insert("body".to_owned(), json!(body));
        }
    }
    event
}

/// The event with the context that Lambda gives it; none if a deployed function could not parse it.
pub fn request(event: &Value) -> Option<LambdaEvent<LambdaRequest>> {
    let host = event.pointer("/headers/host").and_then(Value::as_str).unwrap_or("localhost");
    let path = event.get("rawPath").and_then(Value::as_str).unwrap_or_default();
    reqwest::Url::parse(&format!("http://{host}{path}")).ok()?;
    let event = event.to_string();
    // The conversion panics on an invalid URL; the check above only keeps that out of the log.
    catch_unwind(|| lambda_http::request::from_str(&event).ok()).ok().flatten()?;
    let mut context = Context::default();
    context.request_id = crate::random_id();
    Some(LambdaEvent::new(serde_json::from_str(&event).ok()?, context))
}

/// The response that the gateway makes of what a function returns in payload format 2.0; none if it is no such thing.
pub fn response(returned: &Value) -> Option<Response<Body>> {
    let status = u16::try_from(returned.get("statusCode")?.as_u64()?).ok()?;
    let mut response = Response::builder().status(status);
    for (name, value) in returned.get("headers")?.as_object()? {
        response = response.header(name, value.as_str()?);
    }
    for cookie in returned.get("cookies").and_then(Value::as_array).into_iter().flatten() {
        response = response.header(SET_COOKIE, cookie.as_str()?);
    }
    let body = returned.get("body").and_then(Value::as_str).unwrap_or_default();
    let is_encoded = returned.get("isBase64Encoded").and_then(Value::as_bool).unwrap_or_default();
    let body = if is_encoded { STANDARD.decode(body).ok()? } else { body.as_bytes().to_vec() };
    response.body(Body::from(body)).ok()
}

/// Text types are sent as text, and everything else, including forms, in Base64.
fn encode(headers: &HeaderMap, body: &[u8]) -> (Option<String>, bool) {
    if body.is_empty() {
        return (None, false);
    }
    let media_type = text(headers, CONTENT_TYPE).unwrap_or_default().to_ascii_lowercase();
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    let is_text = media_type.starts_with("text/")
        || matches!(media_type, "application/json" | "application/javascript" | "application/xml");
    match std::str::from_utf8(body) {
        Ok(body) if is_text => (Some(body.to_owned()), false),
        _ => (Some(STANDARD.encode(body)), true),
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
    use std::net::Ipv4Addr;

    fn event_of(request: Request<&[u8]>) -> Value {
        let (parts, body) = request.into_parts();
        let arrival = Arrival {
            route: "ANY /x",
            path_parameters: BTreeMap::new(),
            source: IpAddr::V4(Ipv4Addr::LOCALHOST),
            time: Timestamp::from_seconds(7),
        };
        event(&parts, body, &arrival)
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
        let read = lambda_http::Request::from(super::request(&event).unwrap().payload);
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
        assert!(super::request(&event_of(request)).is_none());
    }
}
