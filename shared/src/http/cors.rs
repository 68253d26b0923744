//! CORS: which pages of other origins may read our responses.

use lambda_http::http::StatusCode;
use lambda_http::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ALLOW, ORIGIN, VARY,
};

use super::reply::{self, Response};
use super::request::Head;
use crate::config::AllowedOrigins;

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
            let headers = "authorization, content-type, idempotency-key, if-match, if-none-match";
            reply::set(&mut response, ACCESS_CONTROL_ALLOW_HEADERS, headers);
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
                reply::set(response, VARY, "origin");
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
