//! Bearer tokens in requests (RFC 6750 §2.1).

use lambda_http::http::header::AUTHORIZATION;

use super::request::Head;

/// The credentials of a request.
#[derive(Debug, PartialEq, Eq)]
pub enum Bearer<'h> {
    /// Nothing, or another scheme.
    None,
    /// A token.
    Token(&'h str),
    /// Something that cannot be read as one token.
    Malformed,
}

/// Finds the token in the `Authorization` header: there only, and only one.
pub fn bearer(head: &Head) -> Bearer<'_> {
    let mut headers = head.headers.get_all(AUTHORIZATION).iter();
    let Some(value) = headers.next() else { return Bearer::None };
    let Some((scheme, token)) = value.to_str().ok().and_then(|value| value.split_once(' ')) else {
        return Bearer::Malformed;
    };
    if headers.next().is_some() {
        return Bearer::Malformed;
    }
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Bearer::None;
    }
    let token = token.trim();
    // b64token (RFC 6750 §2.1).
    let is_token = !token.is_empty() && token.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~+/=".contains(&b));
    if is_token { Bearer::Token(token) } else { Bearer::Malformed }
}
