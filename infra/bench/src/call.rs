//! One request, from which an HTTP request or a Lambda event is made.

use axum::http::Method;

/// The headers of a browser that follows a link.
const NAVIGATION: [(&str, &str); 4] = [
    ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
    ("sec-fetch-dest", "document"),
    ("sec-fetch-mode", "navigate"),
    ("sec-fetch-site", "cross-site"),
];

/// A request.
#[derive(Clone, Debug)]
pub struct Call {
    /// The method.
    pub method: Method,
    /// The path and the query.
    pub target: String,
    /// The headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body, or empty.
    pub body: String,
}

impl Call {
    /// A request without a body.
    pub fn get(target: &str) -> Self {
        Self { method: Method::GET, target: target.to_owned(), headers: Vec::new(), body: String::new() }
    }

    /// A request with JSON, without credentials.
    pub fn json(path: &str, body: impl ToString) -> Self {
        let call = Self { method: Method::POST, body: body.to_string(), ..Self::get(path) };
        call.with("content-type", "application/json")
    }

    /// A request with a form, without credentials.
    pub fn form(path: &str, body: &str) -> Self {
        let call = Self { method: Method::POST, body: body.to_owned(), ..Self::get(path) };
        call.with("content-type", "application/x-www-form-urlencoded")
    }

    /// The request of a browser that follows a link with these cookies.
    pub fn visit(target: &str, cookies: &str) -> Self {
        let call = NAVIGATION.into_iter().fold(Self::get(target), |call, (name, value)| call.with(name, value));
        if cookies.is_empty() { call } else { call.with("cookie", cookies) }
    }

    /// The same request with an access token.
    pub fn bearer(self, token: &str) -> Self {
        self.with("authorization", &format!("Bearer {token}"))
    }

    /// The same request with client credentials.
    pub fn basic(self, credentials: &str) -> Self {
        self.with("authorization", &format!("Basic {credentials}"))
    }

    fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }
}
