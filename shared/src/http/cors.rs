//! CORS: which pages of other origins may read our responses.

use lambda_http::http::StatusCode;
use lambda_http::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS, ALLOW, ORIGIN, VARY,
};

use super::reply::{self, Response};
use super::request::Head;
use crate::config::AllowedOrigins;

/// The headers that we read.
const OUR_HEADERS: &str = "authorization, content-type, idempotency-key, if-match, if-none-match";

/// The longest list of headers that a preflight is answered with, in bytes.
const LONGEST_LIST: usize = 2_048;

/// Which pages may call an endpoint. Never with credentials: no endpoint that answers other origins uses cookies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cors {
    /// Those of any origin: OAuth clients and public metadata.
    AnyOrigin,
    /// Those that the operator allows.
    Configured,
    /// Those of its own origin: hosted pages, which use cookies.
    SameOrigin,
}

impl Cors {
    /// Answers `OPTIONS`, preflight or not.
    pub fn preflight(self, head: &Head, methods: &str, origins: &AllowedOrigins) -> Response {
        let mut response = reply::empty(StatusCode::NO_CONTENT);
        reply::set(&mut response, ALLOW, methods);
        if self.allow(&mut response, head, origins) {
            reply::set(&mut response, ACCESS_CONTROL_ALLOW_METHODS, methods);
            reply::set(&mut response, ACCESS_CONTROL_ALLOW_HEADERS, &requested_headers(head));
            reply::add(&mut response, VARY, "access-control-request-headers");
            reply::set(&mut response, ACCESS_CONTROL_MAX_AGE, "86400");
        }
        response
    }

    /// Lets the calling page read the response, if it may; returns whether it may.
    pub fn allow(self, response: &mut Response, head: &Head, origins: &AllowedOrigins) -> bool {
        let allowed = match (self, origins) {
            (Self::SameOrigin, _) => None,
            (Self::AnyOrigin, _) | (_, AllowedOrigins::Any) => Some("*"),
            (Self::Configured, AllowedOrigins::Listed(listed)) => {
                reply::add(response, VARY, "origin");
                head.header(ORIGIN).filter(|origin| listed.contains(*origin))
            }
        };
        let Some(origin) = allowed else { return false };
        reply::set(response, ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        let exposed = "etag, idempotent-replayed, link, location, retry-after, www-authenticate, x-request-id";
        reply::set(response, ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
        true
    }
}

/// The headers that a preflight requests; without a list, those that we read. A page that may call an endpoint may send any
/// header: none of them is a credential of the browser, and clients add their own, such as `MCP-Protocol-Version`. A `*`
/// would not allow `Authorization` (Fetch §4.9).
fn requested_headers(head: &Head) -> String {
    let list = head.header(ACCESS_CONTROL_REQUEST_HEADERS).filter(|list| list.len() <= LONGEST_LIST);
    let names = list.unwrap_or_default().split(',').map(str::trim).filter(|name| is_token(name));
    let names: Vec<String> = names.map(str::to_ascii_lowercase).collect();
    if names.is_empty() { OUR_HEADERS.to_owned() } else { names.join(", ") }
}

/// RFC 9110 §5.6.2.
fn is_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}
