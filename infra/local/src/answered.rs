//! A response of an AWS service that speaks JSON.

use serde_json::{Value, json};

/// A status and a JSON body.
pub struct Answered {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: String,
}

impl Answered {
    /// The result of an operation.
    pub fn ok(body: impl Into<String>) -> Self {
        Self { status: 200, body: body.into() }
    }

    /// An error, in the form of all these services.
    pub fn error(status: u16, kind: &str, message: &str) -> Self {
        let body: Value = json!({"__type": kind, "message": message});
        Self { status, body: body.to_string() }
    }

    /// The error for an operation that is not there.
    pub fn unknown_operation() -> Self {
        Self::error(400, "UnknownOperationException", "the local AWS does not know this operation")
    }
}
