//! Why a request to a service of AWS failed.

use std::fmt;

use bytes::Bytes;
use serde::Deserialize;

use super::transport::NoResponse;

/// A request failed.
#[derive(Debug)]
pub enum CallError {
    /// The service refused it.
    Refused(Box<ErrorResponse>),
    /// There is no response; the request may have been handled.
    NoResponse(NoResponse),
}

/// The response to a request that a service refused.
#[derive(Debug)]
pub struct ErrorResponse {
    /// The HTTP status.
    pub status: u16,
    /// The error, such as `ThrottlingException`; empty if something in between responded.
    pub code: String,
    /// AWS's sentence.
    pub message: String,
    /// The id by which AWS finds the request.
    pub request_id: String,
    /// The whole response.
    pub body: Bytes,
}

impl ErrorResponse {
    pub(super) fn read(status: u16, request_id: String, body: Bytes) -> Self {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Known {
            #[serde(rename = "__type")]
            kind: String,
            #[serde(alias = "Message")]
            message: String,
        }
        let known: Known = serde_json::from_slice(&body).unwrap_or_default();
        // `com.amazonaws.dynamodb.v20120810#ThrottlingException`, by some services with an address behind a colon.
        let code = known.kind.rsplit('#').next().unwrap_or_default();
        let code = code.split(':').next().unwrap_or_default().to_owned();
        Self { status, code, message: known.message, request_id, body }
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(response) => write!(f, "AWS refused it: {response}"),
            Self::NoResponse(error) => error.fmt(f),
        }
    }
}

impl fmt::Display for ErrorResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { status, code, message, request_id, .. } = self;
        write!(f, "{status} {code}: {message}")?;
        if request_id.is_empty() { Ok(()) } else { write!(f, " (request {request_id})") }
    }
}

impl std::error::Error for CallError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Refused(_) => None,
            Self::NoResponse(error) => error.source(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_read_out_of_each_form_and_is_empty_where_there_is_none() {
        for (body, code, message) in [
            (
                r#"{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException","message":"slow"}"#,
                "ThrottlingException",
                "slow",
            ),
            (r#"{"__type":"ResourceNotFoundException","Message":"gone"}"#, "ResourceNotFoundException", "gone"),
            (r#"{"__type":"a.b#InternalFailure:http://a.b/","message":"no"}"#, "InternalFailure", "no"),
            ("<html>502 Bad Gateway</html>", "", ""),
            ("", "", ""),
            ("[]", "", ""),
        ] {
            let response = ErrorResponse::read(400, "id".to_owned(), Bytes::from(body));
            assert_eq!((response.code.as_str(), response.message.as_str()), (code, message), "{body}");
        }
        let response = ErrorResponse::read(503, String::new(), Bytes::new());
        assert_eq!(CallError::Refused(Box::new(response)).to_string(), "AWS refused it: 503 : ");
    }
}
