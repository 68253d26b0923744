//! The operations of DynamoDB that are used.

use lambda_http::http::HeaderValue;

/// An operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Reads up to 100 items.
    BatchGetItem,
    /// Deletes up to 25 items.
    BatchWriteItem,
    /// Deletes one item.
    DeleteItem,
    /// Reads one item.
    GetItem,
    /// Writes one whole item.
    PutItem,
    /// Reads items of one partition.
    Query,
    /// Writes up to 100 items, all or none.
    TransactWriteItems,
    /// Changes one item.
    UpdateItem,
}

impl Operation {
    /// The operation's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BatchGetItem => "BatchGetItem",
            Self::BatchWriteItem => "BatchWriteItem",
            Self::DeleteItem => "DeleteItem",
            Self::GetItem => "GetItem",
            Self::PutItem => "PutItem",
            Self::Query => "Query",
            Self::TransactWriteItems => "TransactWriteItems",
            Self::UpdateItem => "UpdateItem",
        }
    }

    /// The operation as a request names it.
    pub(super) const fn target(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::BatchGetItem => "DynamoDB_20120810.BatchGetItem",
            Self::BatchWriteItem => "DynamoDB_20120810.BatchWriteItem",
            Self::DeleteItem => "DynamoDB_20120810.DeleteItem",
            Self::GetItem => "DynamoDB_20120810.GetItem",
            Self::PutItem => "DynamoDB_20120810.PutItem",
            Self::Query => "DynamoDB_20120810.Query",
            Self::TransactWriteItems => "DynamoDB_20120810.TransactWriteItems",
            Self::UpdateItem => "DynamoDB_20120810.UpdateItem",
        })
    }
}
