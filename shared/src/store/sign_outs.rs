//! What ends sessions.

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
use crate::fault::Fault;

impl Stores {
    /// Ends a session for good, and writes it down, in one transaction: after a sign-out that was cut short nobody could come
    /// again to have the rest written. Repeated or raced, it keeps the time of the first; what is not there has ended.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be written; then the session goes on.
    pub async fn end_session(&self, session: &Session, event: &AuditEvent, now: Timestamp) -> Result<(), Fault> {
        self.end_session_at(session_item_key(session), event, now).await
    }

    /// The same for the session with this id, which no user key began and which may not have begun at all.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be written; then the session goes on.
    pub async fn end_session_with_id(
        &self,
        user: UserId,
        id: SessionId,
        event: &AuditEvent,
        now: Timestamp,
    ) -> Result<(), Fault> {
        self.end_session_at(session_key(user, id), event, now).await
    }

    async fn end_session_at(&self, place: ItemKey, event: &AuditEvent, now: Timestamp) -> Result<(), Fault> {
        let end = Write::to(&self.sessions.0, place).set_once("revoked_at", now).if_exists();
        let mut transaction = Transaction::new(WriteId::generate(now));
        transaction.add(end.into_update()?, ());
        self.audit.add_to(&mut transaction, event)?;
        transaction.commit(&self.client, ()).await
    }

    /// Ends every session of somebody that began before now, whatever their number, and writes it down, in one transaction:
    /// after a sign-out that was cut short nobody could come again to have the rest written.
    ///
    /// Repeated, the transaction knows itself by its token; raced, it finds the epoch raised already, which ended the same
    /// sessions, and only the event is left to write.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be written.
    pub async fn end_all_sessions(&self, user: &User, event: &AuditEvent) -> Result<(), Fault> {
        let write = Write::to(&self.users.0, user_key(user.id)).set("epoch", user.epoch.next());
        let mut transaction = Transaction::new(WriteId::generate(event.at));
        transaction.add(write.if_equal("epoch", user.epoch).into_update()?, false);
        self.audit.add_to(&mut transaction, event)?;
        let is_done = transaction.commit(&self.client, true).await?;
        if is_done { Ok(()) } else { self.audit.record(event).await }
    }
}
