//! Registrations, which rest on more than one table.

use super::Stores;
use super::sessions::{NewSession, session_key};
use super::transaction::{Transacted, transact};
use super::users::{AccountItem, NewUser, account_key, user_key};
use super::write::Write;
use crate::account::Account;
use crate::audit::AuditEvent;
use crate::fault::Fault;
use crate::posted_link::PostedLink;
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
    /// Makes a user, their account and their first session, claims the e-mail address, puts the mail that verifies it into
    /// the outbox, and writes the event down, all in one transaction.
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
        verification: Option<&PostedLink>,
        event: &AuditEvent,
    ) -> Result<Registered, Fault> {
        let users = &self.users.0;
        let mut items = vec![
            self.users.claim_email(&user.email, user.id, user.created_at)?,
            Write::to(users, user_key(user.id)).if_new().into_put(&NewUser::of(user))?,
            Write::to(users, account_key(account.id)).if_new().into_put(&AccountItem::from(account))?,
            Write::to(&self.sessions.0, session_key(user.id, session.id))
                .if_new()
                .into_put(&NewSession::of(session))?,
            self.audit.as_put(event)?,
        ];
        items.extend(verification.map(|posted| self.post(posted)).transpose()?.into_iter().flatten());
        match transact(&self.client, session.attempt, items).await? {
            Transacted::Done => Ok(Registered::Done),
            Transacted::Refused { position: 0, .. } => Ok(Registered::EmailTaken),
            Transacted::Refused { .. } => Err(Fault::broken("a new user's id is taken")),
        }
    }
}
