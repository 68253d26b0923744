//! Several writes that happen all or not at all.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{CancellationReason, TransactWriteItem};

use super::table::{Item, unavailable};
use super::write::Conflicts;
use crate::domain::types::id::AttemptId;
use crate::fault::Fault;

/// What came of a transaction.
pub(super) enum Transacted {
    /// All of it was done.
    Done,
    /// Nothing was done, because a condition did not hold.
    Refused {
        /// The position of the first write whose condition did not hold.
        position: usize,
        /// The item that it met, if there is one and the write asks for it.
        item: Option<Item>,
    },
}

/// Writes all items or none. The attempt is the transaction's `ClientRequestToken`: a repetition of one that was done,
/// whose answer was lost, is answered as done and does nothing (for ten minutes, far longer than we repeat).
pub(super) async fn transact(
    client: &Client,
    attempt: AttemptId,
    items: Vec<TransactWriteItem>,
) -> Result<Transacted, Fault> {
    let request =
        client.transact_write_items().client_request_token(attempt.to_string()).set_transact_items(Some(items));
    let mut conflicts = Conflicts::default();
    loop {
        let error = match request.clone().send().await {
            Ok(_) => return Ok(Transacted::Done),
            Err(error) => error,
        };
        match error.as_service_error() {
            Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                let reasons = cancelled.cancellation_reasons();
                let is_refusal = |reason: &CancellationReason| reason.code() == Some("ConditionalCheckFailed");
                if let Some((position, reason)) = reasons.iter().enumerate().find(|(_, reason)| is_refusal(reason)) {
                    return Ok(Transacted::Refused { position, item: reason.item.clone() });
                }
                if !reasons.iter().any(is_passing) {
                    return Err(unavailable(error));
                }
                conflicts.wait(error).await?;
            }
            Some(TransactWriteItemsError::TransactionInProgressException(_)) => conflicts.wait(error).await?,
            _ => return Err(unavailable(error)),
        }
    }
}

/// A reason that a moment later may not hold.
fn is_passing(reason: &CancellationReason) -> bool {
    matches!(reason.code(), Some("TransactionConflict" | "ThrottlingError" | "ProvisionedThroughputExceeded"))
}
