//! An attempt that is counted, and its event in the audit trail if it is the first that a limit refuses.

use std::time::Duration;

use async_recursion::async_recursion as boxed;

use crate::app::App;
use crate::domain::audit::{AuditAction, AuditEvent};
use crate::domain::client::Client;
use crate::domain::rate_limit::{Excess, RateLimitKey};
use crate::domain::types::network_address::SourceAddress;
use crate::domain::types::origin::Origin;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::User;
use crate::fault::Fault;

/// An attempt that is counted: where it comes from, when, and by which user and client, as far as they are known.
#[derive(Clone, Debug)]
pub struct Attempt {
    address: SourceAddress,
    /// What is recorded if a limit refuses it; without the limit's kind.
    event: AuditEvent,
}

impl Attempt {
    /// An attempt from this origin, as yet without user and client.
    pub fn new(origin: Origin, now: Timestamp) -> Self {
        Self::recorded_as(&AuditEvent::new(AuditAction::LimitExceeded, origin, now))
    }

    /// The attempt that this event records if no limit refuses it.
    pub fn recorded_as(event: &AuditEvent) -> Self {
        Self { address: SourceAddress::parse(&event.origin.address), event: event.of_limit() }
    }

    /// The same attempt, of this user, in their account; unchanged without a user.
    pub fn of_user<'u>(self, user: impl Into<Option<&'u User>>) -> Self {
        Self { event: self.event.of_user(user), ..self }
    }

    /// The same attempt, of this client, in the account that owns it.
    pub fn of_client(self, client: &Client) -> Self {
        let account = client.owner.map(|owner| owner.account_id);
        Self { event: self.event.in_account(account).by_client(&client.client_id), ..self }
    }

    /// The network address that it came from.
    pub const fn address(&self) -> SourceAddress {
        self.address
    }

    /// When it was made.
    pub const fn now(&self) -> Timestamp {
        self.event.at
    }

    /// Records that a limit refuses this attempt, if it is the first one of its window, and returns how long to wait. So a
    /// flood costs one write and leaves one event for each count and window.
    ///
    /// The count that is charged says which attempt is the first, so two that race are never both. Repeated, the write puts
    /// the same event again. If it fails, or if the answer to the charge was lost, the window has no event: the refusal
    /// does not depend on it, and the attempts that led to it are events of their own.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the event cannot be written.
    #[boxed]
    pub async fn refuse(&self, app: &App, counted: &RateLimitKey, excess: Excess) -> Result<Duration, Fault> {
        if excess.is_first {
            app.stores.audit.record(&self.event.clone().about(counted.kind())).await?;
        }
        Ok(excess.wait)
    }
}
