//! Several writes that happen all or not at all.

use super::write::Conflicts;
use crate::domain::types::id::WriteId;
use crate::dynamodb::{Client, Done, Error, Item, Operation, Reason, Transact, TransactItem};
use crate::fault::Fault;

/// Writes that happen all or not at all. Each has its own outcome for a failed condition, so that another write changes
/// no meaning. `R` is an outcome of the verb.
pub(super) struct Transaction<R> {
    attempt: WriteId,
    items: Vec<TransactItem>,
    refusals: Vec<Meaning<R>>,
}

/// The meaning of a failed condition of a write.
enum Meaning<R> {
    /// The verb has this outcome.
    Outcome(R),
    /// It cannot fail: this is broken.
    Broken(&'static str),
}

/// The outcome of a transaction.
pub(super) enum Committed<R> {
    /// All of it was done.
    Done,
    /// Nothing was done, because a condition failed.
    Refused {
        /// The outcome of the first write whose condition failed.
        outcome: R,
        /// The item that it found, if it exists and the write requests it.
        item: Option<Item>,
    },
}

impl<R> Transaction<R> {
    /// A transaction without a write. The attempt is its `ClientRequestToken`: if a transaction was done and its
    /// response was lost, a repetition is reported as done and does nothing (for ten minutes, far longer than we
    /// retry).
    pub(super) fn new(attempt: WriteId) -> Self {
        Self { attempt, items: Vec::new(), refusals: Vec::new() }
    }

    /// Adds a write; if its condition fails, this is the outcome.
    pub(super) fn add(&mut self, item: TransactItem, refused: R) {
        self.items.push(item);
        self.refusals.push(Meaning::Outcome(refused));
    }

    /// Adds a write that is refused only when something is broken, such as one of a new id; `broken` names the fault.
    pub(super) fn add_certain(&mut self, item: TransactItem, broken: &'static str) {
        self.items.push(item);
        self.refusals.push(Meaning::Broken(broken));
    }

    /// Writes all or nothing, and returns the outcome: `done`, or that of the first refused write.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be written, or a certain write is refused.
    pub(super) async fn commit(self, client: &Client, done: R) -> Result<R, Fault> {
        Ok(match self.run(client).await? {
            Committed::Done => done,
            Committed::Refused { outcome, .. } => outcome,
        })
    }

    /// The same with the item that a refused write found.
    ///
    /// # Errors
    ///
    /// As [`Self::commit`].
    pub(super) async fn run(self, client: &Client) -> Result<Committed<R>, Fault> {
        let Self { attempt, items, refusals } = self;
        let request = Transact { client_request_token: attempt.to_string(), transact_items: items };
        let mut conflicts = Conflicts::default();
        loop {
            let error = match client.call::<Done>(Operation::TransactWriteItems, &request).await {
                Ok(Done {}) => return Ok(Committed::Done),
                Err(error) => error,
            };
            let Error::Refused(mut refusal) = error else { return Err(error.into()) };
            match refusal.code() {
                "TransactionCanceledException" => {
                    // DynamoDB returns a reason for each write, in their order.
                    let refused = refusal.reasons.iter().position(|reason| reason.code == "ConditionalCheckFailed");
                    if let Some(position) = refused {
                        return match refusals.into_iter().nth(position) {
                            Some(Meaning::Outcome(outcome)) => {
                                let item = refusal.reasons.swap_remove(position).item;
                                Ok(Committed::Refused { outcome, item })
                            }
                            Some(Meaning::Broken(what)) => Err(Fault::broken(what)),
                            None => Err(Error::Refused(refusal).into()),
                        };
                    }
                    if !refusal.reasons.iter().any(is_temporary) {
                        return Err(Error::Refused(refusal).into());
                    }
                    conflicts.wait(Error::Refused(refusal)).await?;
                }
                "TransactionInProgressException" => conflicts.wait(Error::Refused(refusal)).await?,
                _ => return Err(Error::Refused(refusal).into()),
            }
        }
    }
}

/// Returns whether a reason is temporary.
fn is_temporary(reason: &Reason) -> bool {
    matches!(reason.code.as_str(), "TransactionConflict" | "ThrottlingError" | "ProvisionedThroughputExceeded")
}
