//! `Audit`: the audit trail, by account; events of no account are in a partition of their own.

use std::time::Duration;

use async_recursion::async_recursion as boxed;
use serde::{Deserialize, Serialize};

use super::table::{ItemKey, Table};
use super::transaction::Transaction;
use super::write::{Write, Written};
use crate::domain::audit::{AuditEvent, AuditEventId, Outcome, RecordedAction};
use crate::domain::client::id::ClientId;
use crate::domain::types::origin::Origin;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::UserId;
use crate::domain::user::account::AccountId;
use crate::dynamodb::{Item, Query};
use crate::fault::Fault;

/// The table `Audit`.
pub struct Audit {
    pub(super) table: Table,
    /// How long new events are stored; those that are stored already keep their expiry.
    pub(super) retention: Duration,
}

/// The form of an event in the table.
#[derive(Serialize, Deserialize)]
#[serde(remote = "AuditEvent")]
struct EventItem {
    id: AuditEventId,
    at: Timestamp,
    action: RecordedAction,
    outcome: Outcome,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    account_id: Option<AccountId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    user_id: Option<UserId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client_id: Option<ClientId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    origin: Origin,
}

/// An event as the table stores it, with DynamoDB's time to live.
#[derive(Serialize, Deserialize)]
pub(super) struct StoredEvent {
    #[serde(flatten, with = "EventItem")]
    pub(super) event: AuditEvent,
    expires_at: Timestamp,
}

fn partition(account: Option<AccountId>) -> String {
    account.map_or_else(|| "nobody".to_owned(), |account| format!("account#{account}"))
}

/// The prefix of the sort key of an event.
pub(super) const EVENT: &str = "event#";

fn event_key(account: Option<AccountId>, id: AuditEventId) -> ItemKey {
    ItemKey::new(partition(account), format!("{EVENT}{id}"))
}

impl Audit {
    /// Records an event, by one write.
    ///
    /// Its id is new, so nothing can race it; repeated, it is the same item again.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written: then what happened is not reported as done.
    #[boxed]
    pub async fn record(&self, event: &AuditEvent) -> Result<(), Fault> {
        self.write(event).put(&self.stored(event)).await.map(|_: Written| ())
    }

    /// Records an event whose id follows from what it says, unless it is there already, by one conditional write.
    ///
    /// Repeated or raced, the first stays.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written.
    #[boxed]
    pub async fn record_once(&self, event: &AuditEvent) -> Result<(), Fault> {
        self.write(event).if_new().put(&self.stored(event)).await.map(|_: Written| ())
    }

    /// Records an event, as a part of a transaction.
    pub(super) fn add_to<R>(&self, transaction: &mut Transaction<R>, event: &AuditEvent) -> Result<(), Fault> {
        let put = self.write(event).into_put(&self.stored(event))?;
        transaction.add_certain(put, "a new audit event's id is taken");
        Ok(())
    }

    /// Lists the events of an account, or those of no account, after `after`, newest first: up to `limit` of them, and
    /// where the list continues. Expired ones are left out, deleted or not.
    ///
    /// A page costs one query, and again one for each page full of events that are left out.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be read.
    #[boxed]
    pub async fn list(
        &self,
        account: Option<AccountId>,
        after: Option<AuditEventId>,
        limit: usize,
        now: Timestamp,
    ) -> Result<(Vec<AuditEvent>, Option<AuditEventId>), Fault> {
        let mut events: Vec<AuditEvent> = Vec::new();
        let mut position = after.map(|id| event_key(account, id).attributes()).transpose()?;
        loop {
            let (page, next) = self.page(account, position, limit - events.len(), now).await?;
            events.extend(page);
            position = next;
            if position.is_none() {
                return Ok((events, None));
            }
            if events.len() == limit {
                let last = events.last().map(|event| event.id);
                return Ok((events, last));
            }
        }
    }

    async fn page(
        &self,
        account: Option<AccountId>,
        position: Option<Item>,
        limit: usize,
        now: Timestamp,
    ) -> Result<(Vec<AuditEvent>, Option<Item>), Fault> {
        let query = Query {
            exclusive_start_key: position,
            scan_index_forward: false,
            limit: Some(limit),
            ..self.table.with_prefix(&partition(account), EVENT)?
        };
        let page = self.table.page::<StoredEvent>(&query).await?;
        let events = page.items.into_iter().filter(|stored| now < stored.expires_at).map(|stored| stored.event);
        Ok((events.collect(), page.next))
    }

    fn write(&self, event: &AuditEvent) -> Write<'_> {
        Write::to(&self.table, event_key(event.account_id, event.id))
    }

    fn stored(&self, event: &AuditEvent) -> StoredEvent {
        StoredEvent { event: event.clone(), expires_at: event.at.after(self.retention) }
    }
}
