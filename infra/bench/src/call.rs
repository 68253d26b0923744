//! One request, from which an HTTP request or a Lambda event is made.

/// A `POST`.
pub struct Call {
    /// The path.
    pub path: &'static str,
    /// The media type of the body.
    pub content_type: &'static str,
    /// The `Authorization` header, or empty.
    pub authorization: String,
    /// The body.
    pub body: String,
}

impl Call {
    /// A request with JSON, without credentials.
    pub fn json(path: &'static str, body: impl ToString) -> Self {
        Self { path, content_type: "application/json", authorization: String::new(), body: body.to_string() }
    }

    /// A request with a form, without credentials.
    pub fn form(path: &'static str, body: &str) -> Self {
        Self { content_type: "application/x-www-form-urlencoded", ..Self::json(path, body) }
    }

    /// The same request with an access token.
    pub fn bearer(self, token: &str) -> Self {
        Self { authorization: format!("Bearer {token}"), ..self }
    }

    /// The same request with client credentials.
    pub fn basic(self, credentials: &str) -> Self {
        Self { authorization: format!("Basic {credentials}"), ..self }
    }

    /// The headers.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let all = [("content-type", self.content_type), ("authorization", self.authorization.as_str())];
        all.into_iter().filter(|(_, value)| !value.is_empty())
    }
}
