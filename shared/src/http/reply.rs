//! Replies.

use std::time::Duration;

use lambda_http::Body;
use lambda_http::http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderName, RETRY_AFTER, SET_COOKIE};
use lambda_http::http::{HeaderValue, StatusCode};
use serde::Serialize;
use serde_json::json;

/// A response.
pub type Response = lambda_http::http::Response<Body>;

/// `{"ok":true,"result":…}` with status 200.
pub fn result(result: impl Serialize) -> Response {
    json(StatusCode::OK, &json!({"ok": true, "result": result}))
}

/// A JSON response that no cache may store.
pub fn json(status: StatusCode, body: &impl Serialize) -> Response {
    // Serializing our own values cannot fail; should it ever, an empty object says nothing wrong.
    let body = serde_json::to_string(body).unwrap_or_else(|_| "{}".to_owned());
    let mut response = Response::new(Body::Text(body));
    *response.status_mut() = status;
    set(&mut response, CONTENT_TYPE, "application/json;charset=UTF-8");
    response
}

/// A JSON response that any cache may store for `seconds`.
pub fn public_json(body: &impl Serialize, seconds: u32) -> Response {
    public(json(StatusCode::OK, body), seconds)
}

/// The same response, which any cache may store for `seconds`.
pub fn public(mut response: Response, seconds: u32) -> Response {
    set(&mut response, CACHE_CONTROL, &format!("public, max-age={seconds}"));
    response
}

/// A response without a body.
pub fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = status;
    response
}

/// Sets a header; a value that is not valid in one is left out.
pub fn set(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// Adds a value to a header that may have several; one that is not valid is left out.
pub fn add(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().append(name, value);
    }
}

/// Joins the values of each header that has several (RFC 9110 §5.3). A response of API Gateway's payload 2.0 has one value
/// for a name, and `lambda_http` takes the first of several, except for cookies, which have a place of their own.
pub(crate) fn join_repeated(response: &mut Response) {
    let headers = response.headers_mut();
    let is_repeated = |name: &HeaderName| *name != SET_COOKIE && headers.get_all(name).iter().nth(1).is_some();
    let repeated: Vec<HeaderName> = headers.keys().filter(|name| is_repeated(name)).cloned().collect();
    for name in repeated {
        let values: Vec<&[u8]> = headers.get_all(&name).iter().map(HeaderValue::as_bytes).collect();
        // Valid values with a comma between them are a valid value.
        if let Ok(joined) = HeaderValue::from_bytes(&values.join(&b", "[..])) {
            headers.insert(name, joined);
        }
    }
}

/// Adds the headers that a refusal may carry: when to try again, and which methods there are.
pub(super) fn set_refusal_headers(response: &mut Response, retry_after: Option<Duration>, allow: Option<&str>) {
    if let Some(wait) = retry_after {
        set(response, RETRY_AFTER, &wait.as_secs().max(1).to_string());
    }
    if let Some(methods) = allow {
        set(response, ALLOW, methods);
    }
}
