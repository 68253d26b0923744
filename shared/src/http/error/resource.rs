//! Errors of everything that is neither hyphenated nor OAuth: `{"error":{"code":…,"message":…,"request_id":…}}`.

use std::borrow::Cow;

use serde_json::{Value, json};

use crate::domain::brand::Brand;
use crate::fault::Cause;
use crate::http::error::Failure;
use crate::http::error::api::ApiError;
use crate::http::reply::Response;
use crate::http::request::Head;

/// An error of the management API, of user keys or of events: the codes of the JSON API, without its envelope.
#[derive(Debug)]
pub struct ResourceError(ApiError);

impl<E: Into<ApiError>> From<E> for ResourceError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl Failure for ResourceError {
    fn code(&self) -> &'static str {
        self.0.code()
    }

    fn reason(&self) -> Cow<'_, str> {
        self.0.reason()
    }

    fn cause(&self) -> Option<&Cause> {
        self.0.cause()
    }

    fn into_response(self, head: &Head, _: &Brand) -> Response {
        let mut error = self.0.content();
        error.insert("request_id".to_owned(), json!(head.request_id));
        self.0.answer(&json!({"error": Value::Object(error)}))
    }
}
