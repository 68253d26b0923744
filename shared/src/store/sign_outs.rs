//! Revoking sessions.

use async_recursion::async_recursion as boxed;

use super::sessions::{session_item_key, session_key};
use super::stores::Stores;
use super::table::ItemKey;
use super::transaction::Transaction;
use super::users::user_key;
use super::write::Write;
use crate::domain::audit::AuditEvent;
use crate::domain::session::Session;
use crate::domain::session::id::SessionId;
use crate::domain::types::id::WriteId;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::{User, UserId};
use crate::dynamodb::TransactItem;
use crate::fault::Fault;

impl Stores {
    /// Revokes a session permanently, and records it, in one transaction: after an interrupted sign-out the token is
    /// invalid, so no caller could repeat it to record the event. Repeated or raced, it keeps the time of the first; a
    /// session that does not exist counts as revoked.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be written; then the session stays valid.
    #[boxed]
    pub async fn end_session(&self, session: &Session, event: &AuditEvent, now: Timestamp) -> Result<(), Fault> {
        self.end_session_at(session_item_key(session), event, now).await
    }

    /// The same for the session with this id, which was not begun by a user key and may not exist yet.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be written; then the session stays valid.
    #[boxed]
    pub async fn end_session_with_id(
        &self,
        user: UserId,
        id: SessionId,
        event: &AuditEvent,
        now: Timestamp,
    ) -> Result<(), Fault> {
        self.end_session_at(session_key(user, id), event, now).await
    }

    async fn end_session_at(&self, key: ItemKey, event: &AuditEvent, now: Timestamp) -> Result<(), Fault> {
        let end = Write::to(&self.sessions.0, key).set_once("revoked_at", now).if_exists();
        let mut transaction = Transaction::new(WriteId::generate(now));
        transaction.add(end.into_update()?, ());
        self.audit.add_to(&mut transaction, event)?;
        transaction.commit(&self.client, ()).await
    }

    /// Moves a session to the user's next epoch, as a part of the transaction that raises it: all others stay behind and
    /// are revoked by it.
    pub(super) fn carry_over(&self, session: &Session, user: &User) -> Result<TransactItem, Fault> {
        Write::to(&self.sessions.0, session_item_key(session))
            .set("epoch", user.epoch.next())
            .if_equal("epoch", user.epoch)
            .if_absent("revoked_at")
            .into_update()
    }

    /// Revokes every session of a user that began before now, whatever their number, and records it, in one
    /// transaction: after an interrupted sign-out no caller could repeat it to record the event.
    ///
    /// Repeated, the transaction is recognised by its token; raced, it finds the epoch raised already, which revoked
    /// the same sessions, and only the event is left to record.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be written.
    #[boxed]
    pub async fn end_all_sessions(&self, user: &User, event: &AuditEvent) -> Result<(), Fault> {
        let write = Write::to(&self.users.0, user_key(user.id)).set("epoch", user.epoch.next());
        let mut transaction = Transaction::new(WriteId::generate(event.at));
        transaction.add(write.if_equal("epoch", user.epoch).into_update()?, false);
        self.audit.add_to(&mut transaction, event)?;
        let is_done = transaction.commit(&self.client, true).await?;
        if is_done { Ok(()) } else { self.audit.record(event).await }
    }
}
