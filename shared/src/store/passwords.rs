//! Changing a password, which rests on more than one table.

use super::Stores;
use super::sessions::place;
use super::transaction::{Transacted, transact};
use super::users::user_key;
use super::write::Write;
use crate::domain::audit::AuditEvent;
use crate::domain::mail::message::OutgoingMail;
use crate::domain::password::PasswordHash;
use crate::domain::session::Session;
use crate::domain::types::clock::Timestamp;
use crate::domain::user::User;
use crate::fault::Fault;

/// What came of changing a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordChanged {
    /// It was done.
    Done,
    /// The person or the session changed meanwhile, and nothing was written.
    Raced,
}

impl Stores {
    /// Gives a person a new password, ends every session but this one, and puts the notice into the outbox, in one
    /// transaction.
    ///
    /// Repeated, the transaction knows itself by its token; raced by another change or a sign-out everywhere, exactly one
    /// is done.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be written.
    pub async fn change_password(
        &self,
        user: &User,
        session: &Session,
        password: &PasswordHash,
        notice: Option<&OutgoingMail>,
        event: &AuditEvent,
        now: Timestamp,
    ) -> Result<PasswordChanged, Fault> {
        let mut items = vec![
            Write::to(&self.users.0, user_key(user.id))
                .set("password_hash", password)
                .set("epoch", user.epoch.next())
                .if_is("password_hash", user.password_hash.as_ref())
                .if_equal("epoch", user.epoch)
                .if_absent("disabled_at")
                .if_absent("deleted_at")
                .into_update()?,
            // The session goes over to the new epoch; all others stay behind.
            Write::to(&self.sessions.0, place(session))
                .set("epoch", user.epoch.next())
                .if_equal("epoch", user.epoch)
                .if_absent("revoked_at")
                .into_update()?,
            self.audit.as_put(event)?,
        ];
        items.extend(notice.map(|notice| self.mail(notice)).transpose()?);
        Ok(match transact(&self.client, super::attempt(now), items).await? {
            Transacted::Done => PasswordChanged::Done,
            Transacted::Refused { .. } => PasswordChanged::Raced,
        })
    }
}
