//! Why a request to a service of AWS failed.

use std::fmt;

use bytes::Bytes;
use serde::Deserialize;

use super::transport::NotSent;

/// A request failed.
#[derive(Debug)]
pub enum CallError {
    /// The service refused it.
    Refused(Box<Answer>),
    /// There is no response; the request may have been handled.
    NotSent(NotSent),
}

/// The response to a request that a service refused.
#[derive(Debug)]
pub struct Answer {
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

impl Answer {
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
            Self::Refused(answer) => write!(f, "AWS refused it: {answer}"),
            Self::NotSent(error) => error.fmt(f),
        }
    }
}

impl fmt::Display for Answer {
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
            Self::NotSent(error) => error.source(),
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
            let answer = Answer::read(400, "id".to_owned(), Bytes::from(body));
            assert_eq!((answer.code.as_str(), answer.message.as_str()), (code, message), "{body}");
        }
        let answer = Answer::read(503, String::new(), Bytes::new());
        assert_eq!(CallError::Refused(Box::new(answer)).to_string(), "AWS refused it: 503 : ");
    }
}
