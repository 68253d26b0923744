//! Registrations, which concern more than one table.

use super::sessions::{NewSession, session_item_key};
use super::stores::Stores;
use super::transaction::Transaction;
use super::user_keys::NEW_KEY_IS_TAKEN;
use super::users::{AccountItem, NewUserItem, account_key, user_key};
use super::write::Write;
use crate::domain::audit::AuditEvent;
use crate::domain::mail::link::LinkMail;
use crate::domain::rate_limit::SignInPlace;
use crate::domain::session::Session;
use crate::domain::types::id::WriteId;
use crate::domain::user::account::Account;
use crate::domain::user::{User, UserId};
use crate::domain::user_key::UserKey;
use crate::fault::Fault;

/// The outcome of a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registered {
    /// User, account and first session exist.
    Done,
    /// A user was imported with this id, and nothing was written.
    ImportIdTaken,
    /// Another user has the e-mail address, and nothing was written.
    EmailTaken,
    /// Another user has the name, and nothing was written.
    UsernameTaken,
    /// A user has the identity at another provider, and nothing was written.
    UpstreamTaken,
}

/// A new user, and the items that are created with them.
#[derive(Clone, Copy, Debug)]
pub struct NewUser<'n> {
    /// The user.
    pub user: &'n User,
    /// Their account.
    pub account: &'n Account,
    /// Their first session, if they are signed in at once.
    pub session: Option<&'n Session>,
    /// The mail that verifies their address, if there is to be one.
    pub verification: Option<&'n LinkMail>,
    /// Their first user key with its event, if they have one.
    pub key: Option<(&'n UserKey, &'n AuditEvent)>,
    /// The user who loses the address to them, because they never verified it.
    pub predecessor: Option<UserId>,
    /// Where they register, which is a known place from then on.
    pub known: &'n [SignInPlace],
}

impl Stores {
    /// Creates a user with their account and their first items, claims what must be unique, and records the event, all
    /// in one transaction.
    ///
    /// Repeated, the transaction is recognised by its token; raced for one address or name, exactly one is done.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be written; then all of it exists or none.
    pub async fn register(&self, new_user: NewUser<'_>, event: &AuditEvent) -> Result<Registered, Fault> {
        let NewUser { user, account, session, verification, key, predecessor, known } = new_user;
        let (users, now) = (&self.users.0, event.at);
        let mut transaction = Transaction::new(WriteId::generate(now));
        // The id in another system and the identity at a provider come first: a user who has them also has the rest.
        if let Some(id) = &user.import_id {
            transaction.add(self.users.claim_import_id(id, user.id, now)?, Registered::ImportIdTaken);
        }
        for link in &user.upstream {
            let claim = self.users.claim_upstream(&link.identity, user.id, now)?;
            transaction.add(claim, Registered::UpstreamTaken);
        }
        match (&user.email, predecessor) {
            (Some(email), Some(predecessor)) => {
                transaction.add(self.users.pass_email_on(email, predecessor, user.id)?, Registered::EmailTaken);
                let lose = Write::to(users, user_key(predecessor)).remove("email").if_equal("email", email);
                transaction.add(lose.if_absent("email_verified_at").into_update()?, Registered::EmailTaken);
            }
            (Some(email), None) => {
                transaction.add(self.users.claim_email(email, user.id, now)?, Registered::EmailTaken);
            }
            (None, _) => {}
        }
        if let Some(username) = &user.username {
            transaction.add(self.users.claim_username(username, user.id, now)?, Registered::UsernameTaken);
        }
        let put = Write::to(users, user_key(user.id)).if_new();
        transaction
            .add_certain(put.into_put(&NewUserItem::of(user, u32::from(key.is_some())))?, "a new user's id is taken");
        let put = Write::to(users, account_key(account.id)).if_new();
        transaction.add_certain(put.into_put(&AccountItem::from(account))?, "a new account's id is taken");
        self.audit.add_to(&mut transaction, event)?;
        if let Some(session) = session {
            let put = Write::to(&self.sessions.0, session_item_key(session)).if_new();
            transaction.add_certain(put.into_put(&NewSession::of(session))?, "a new session's id is taken");
        }
        if let Some((key, event)) = key {
            transaction.add_certain(self.users.put_key(key)?, NEW_KEY_IS_TAKEN);
            self.audit.add_to(&mut transaction, event)?;
        }
        if let Some(verification) = verification {
            self.add_link(&mut transaction, verification)?;
        }
        for place in known {
            transaction.add_certain(self.limits.forgive_within(place, user.id, now)?, "a place cannot be known")
        }
        transaction.commit(&self.client, Registered::Done).await
    }
}
