//! Changing a password, which concerns more than one table.

use async_recursion::async_recursion as boxed;

use super::stores::Stores;
use super::transaction::Transaction;
use super::users::user_key;
use super::write::Write;
use crate::domain::audit::AuditEvent;
use crate::domain::mail::message::OutgoingMail;
use crate::domain::password::PasswordHash;
use crate::domain::session::Session;
use crate::domain::types::id::WriteId;
use crate::domain::user::User;
use crate::fault::Fault;

/// The outcome of changing a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordChanged {
    /// It was done.
    Done,
    /// The user or the session changed meanwhile, and nothing was written.
    Raced,
}

impl Stores {
    /// Sets a user's new password, revokes every session but this one, and puts the notice into the outbox, in one
    /// transaction.
    ///
    /// Repeated, the transaction is recognised by its token; raced by another change or a sign-out everywhere, exactly
    /// one is done.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be written.
    #[boxed]
    pub async fn change_password(
        &self,
        user: &User,
        session: &Session,
        password: &PasswordHash,
        notice: Option<&OutgoingMail>,
        event: &AuditEvent,
    ) -> Result<PasswordChanged, Fault> {
        let change = Write::to(&self.users.0, user_key(user.id))
            .set("password_hash", password)
            .set("epoch", user.epoch.next())
            .if_is("password_hash", user.password_hash.as_ref())
            .if_equal("epoch", user.epoch)
            .if_absent("disabled_at")
            .if_absent("deleted_at");
        let mut transaction = Transaction::new(WriteId::generate(event.at));
        transaction.add(change.into_update()?, PasswordChanged::Raced);
        transaction.add(self.carry_over(session, user)?, PasswordChanged::Raced);
        self.audit.add_to(&mut transaction, event)?;
        self.add_mail(&mut transaction, notice)?;
        transaction.commit(&self.client, PasswordChanged::Done).await
    }
}
