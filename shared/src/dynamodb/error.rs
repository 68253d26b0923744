//! Why a request to DynamoDB failed.

use std::fmt;

use serde::Deserialize;

use super::item::Item;
use super::operation::Operation;
use crate::aws::error::ErrorResponse;
use crate::aws::transport::NoResponse;
use crate::fault::Fault;

/// A request to DynamoDB failed.
#[derive(Debug)]
pub enum Error {
    /// DynamoDB refused it.
    Refused(Box<Refusal>),
    /// There is no response; the request may have been handled.
    NoResponse(Operation, NoResponse),
    /// The response is none of DynamoDB's.
    Unreadable(Operation, serde_json::Error),
}

/// The response of DynamoDB to a request that it refused.
#[derive(Debug)]
pub struct Refusal {
    /// The operation.
    pub operation: Operation,
    /// The response.
    pub response: ErrorResponse,
    /// The item of which a condition failed, if there is one and the request asked for it.
    pub item: Option<Item>,
    /// Of a transaction: what became of each write, in their order.
    pub reasons: Vec<Reason>,
}

/// What became of one write of a transaction that was cancelled.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Reason {
    /// `ConditionalCheckFailed`, `TransactionConflict` and others; `None` is a write that could have been done.
    pub code: String,
    /// The item of which the condition failed.
    pub item: Option<Item>,
}

impl Refusal {
    /// Reads what DynamoDB says beside the error.
    pub(super) fn read(operation: Operation, response: ErrorResponse) -> Self {
        #[derive(Default, Deserialize)]
        #[serde(rename_all = "PascalCase", default)]
        struct Body {
            item: Option<Item>,
            cancellation_reasons: Vec<Reason>,
        }
        let body: Body = serde_json::from_slice(&response.body).unwrap_or_default();
        Self { operation, response, item: body.item, reasons: body.cancellation_reasons }
    }

    /// The error, such as `ConditionalCheckFailedException`.
    pub fn code(&self) -> &str {
        &self.response.code
    }
}

impl Error {
    /// DynamoDB's code, if it refused the request.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused(refusal) => Some(refusal.code()),
            Self::NoResponse(..) | Self::Unreadable(..) => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => {
                write!(f, "DynamoDB refused {}: {}", refusal.operation.as_str(), refusal.response)
            }
            Self::NoResponse(operation, _) => write!(f, "{} failed", operation.as_str()),
            Self::Unreadable(operation, _) => write!(f, "the response of {} cannot be read", operation.as_str()),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Refused(_) => None,
            Self::NoResponse(_, error) => Some(error),
            Self::Unreadable(_, error) => Some(error),
        }
    }
}

/// DynamoDB gave no usable response: throttled, slow, away, or not set up as the template says.
impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::unavailable(error)
    }
}
