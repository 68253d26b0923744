//! A response, and what is expected of it.

use serde_json::Value;

use crate::failure::Failure;

/// A response, by HTTP or from a function.
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The `Location` header, or empty.
    pub location: String,
    /// The body.
    pub body: String,
}

impl Answer {
    /// The body as JSON; `null` for another body.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

/// A string in a response.
///
/// # Errors
///
/// When there is none.
pub fn text(answer: &Value, pointer: &str) -> Result<String, Failure> {
    let found = answer.pointer(pointer).and_then(Value::as_str);
    Ok(found.ok_or_else(|| format!("a response has no {pointer}: {answer}"))?.to_owned())
}

/// What shows that a request succeeded.
#[derive(Clone, Copy)]
pub struct Expected {
    /// The status.
    pub status: u16,
    /// What must be in it.
    pub content: Content,
}

/// What must be in a response.
#[derive(Clone, Copy)]
pub enum Content {
    /// JSON with something at this pointer.
    Field(&'static str),
    /// JSON with this string at this pointer.
    Text(&'static str, &'static str),
    /// JSON with `true` at this pointer.
    True(&'static str),
    /// A body with this in it.
    Part(&'static str),
    /// A redirect that begins with this.
    Location(&'static str),
}

impl Expected {
    /// A response with this status and content.
    pub const fn new(status: u16, content: Content) -> Self {
        Self { status, content }
    }

    /// Checks a response.
    ///
    /// # Errors
    ///
    /// When it is another one.
    pub fn check(&self, answer: &Answer) -> Result<(), Failure> {
        let is_right = match self.content {
            Content::Field(pointer) => answer.json().pointer(pointer).is_some(),
            Content::Text(pointer, text) => answer.json().pointer(pointer).is_some_and(|found| found == text),
            Content::True(pointer) => answer.json().pointer(pointer) == Some(&Value::Bool(true)),
            Content::Part(part) => answer.body.contains(part),
            Content::Location(begin) => answer.location.starts_with(begin),
        };
        if answer.status == self.status && is_right {
            return Ok(());
        }
        let Answer { status, location, body } = answer;
        Err(format!("a request did not succeed; it was answered with {status} {location} {body}").into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, location: &str, body: &str) -> Answer {
        Answer { status, location: location.to_owned(), body: body.to_owned() }
    }

    #[test]
    fn only_the_expected_response_is_a_success() {
        let pending = Expected::new(400, Content::Text("/error", "authorization_pending"));
        assert!(pending.check(&answer(400, "", r#"{"error": "authorization_pending"}"#)).is_ok());
        assert!(pending.check(&answer(400, "", r#"{"error": "slow_down"}"#)).is_err());
        assert!(pending.check(&answer(200, "", r#"{"error": "authorization_pending"}"#)).is_err());
        let active = Expected::new(200, Content::True("/active"));
        assert!(active.check(&answer(200, "", r#"{"active": true}"#)).is_ok());
        assert!(active.check(&answer(200, "", r#"{"active": false}"#)).is_err());
        let tokens = Expected::new(200, Content::Field("/access_token"));
        assert!(tokens.check(&answer(200, "", r#"{"access_token": "x"}"#)).is_ok());
        assert!(tokens.check(&answer(200, "", "access_token")).is_err());
    }

    #[test]
    fn pages_and_redirects_are_checked_too() {
        let page = Expected::new(200, Content::Part("name=\"decision\""));
        assert!(page.check(&answer(200, "", "<button name=\"decision\">")).is_ok());
        assert!(page.check(&answer(200, "", "<h1>Error</h1>")).is_err());
        let redirect = Expected::new(303, Content::Location("/oauth2/authorize/"));
        assert!(redirect.check(&answer(303, "/oauth2/authorize/sign-in", "")).is_ok());
        assert!(redirect.check(&answer(303, "https://bench.example/cb?error=x", "")).is_err());
    }
}
