//! DynamoDB's data operations: our own types to its JSON and back, without anything in between.
//!
//! One request by the AWS SDK takes more CPU than the rest of a function (`infra/decisions/0053-dynamodb.md`). A test
//! compares every answer and error with those of the SDK.

mod client;
mod error;
mod item;
mod operation;
mod reader;
mod request;
mod response;
mod writer;

pub use client::Client;
pub use error::{Error, Reason, Refusal};
pub use item::{Item, Value};
pub use operation::Operation;
pub use request::{Again, BatchGet, BatchWrite, Change, Get, Keys, Names, Query, Transact, TransactItem, Values};
pub use response::{BatchGot, BatchWritten, Changed, Done, Got, Queried};
