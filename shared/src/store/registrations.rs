//! Registrations, which rest on more than one table.

use super::Stores;
use super::sessions::{NewSession, session_key};
use super::transaction::{Transacted, transact};
use super::users::{AccountItem, EmailItem, NewUser, account_key, email_key, user_key};
use super::write::Write;
use crate::account::Account;
use crate::audit::AuditEvent;
use crate::fault::Fault;
use crate::session::Session;
use crate::user::User;

/// What came of a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registered {
    /// User, account and first session exist.
    Done,
    /// Somebody else has the e-mail address, and nothing was written.
    EmailTaken,
}

impl Stores {
    /// Makes a user, their account and their first session, claims the e-mail address, and writes the event down, in one
    /// transaction.
    ///
    /// Repeated, the transaction knows itself by its token; raced for one address, exactly one is done.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be written; then all of it exists or none.
    pub async fn register(
        &self,
        user: &User,
        account: &Account,
        session: &Session,
        event: &AuditEvent,
    ) -> Result<Registered, Fault> {
        let users = &self.users.0;
        let items = vec![
            Write::to(users, email_key(&user.email)).if_new().into_put(&EmailItem { user_id: user.id })?,
            Write::to(users, user_key(user.id)).if_new().into_put(&NewUser::of(user))?,
            Write::to(users, account_key(account.id)).if_new().into_put(&AccountItem::from(account))?,
            Write::to(&self.sessions.0, session_key(user.id, session.id))
                .if_new()
                .into_put(&NewSession::of(session))?,
            self.audit.as_put(event)?,
        ];
        match transact(&self.client, session.attempt, items).await? {
            Transacted::Done => Ok(Registered::Done),
            Transacted::Refused { position: 0, .. } => Ok(Registered::EmailTaken),
            Transacted::Refused { .. } => Err(Fault::broken("a new user's id is taken")),
        }
    }
}
