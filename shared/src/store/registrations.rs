//! Registrations, which rest on more than one table.

use super::Stores;
use super::sessions::{NewSession, place};
use super::transaction::{Transacted, transact};
use super::users::{AccountItem, NewUser, account_key, user_key};
use super::write::Write;
use crate::domain::audit::AuditEvent;
use crate::domain::mail::link::LinkMail;
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::domain::user::account::Account;
use crate::domain::user_key::UserKey;
use crate::fault::Fault;

/// What came of a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registered {
    /// User, account and first session exist.
    Done,
    /// Somebody else has the e-mail address, and nothing was written.
    EmailTaken,
    /// Somebody else has the name, and nothing was written.
    UsernameTaken,
    /// Somebody has the identity at another provider, and nothing was written.
    UpstreamTaken,
}

/// Somebody who registers, and what they begin with.
#[derive(Clone, Copy, Debug)]
pub struct Newcomer<'n> {
    /// The person.
    pub user: &'n User,
    /// Their account.
    pub account: &'n Account,
    /// Their first session, if they are signed in at once.
    pub session: Option<&'n Session>,
    /// The mail that verifies their address, if there is to be one.
    pub verification: Option<&'n LinkMail>,
    /// Their first user key with its event, if they have one.
    pub key: Option<(&'n UserKey, &'n AuditEvent)>,
}

impl Stores {
    /// Makes a user, their account and what they begin with, claims what must be theirs alone, and writes the event
    /// down, all in one transaction.
    ///
    /// Repeated, the transaction knows itself by its token; raced for one address or name, exactly one is done.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be written; then all of it exists or none.
    pub async fn register(&self, newcomer: Newcomer<'_>, event: &AuditEvent) -> Result<Registered, Fault> {
        let Newcomer { user, account, session, verification, key } = newcomer;
        let (users, now) = (&self.users.0, user.created_at);
        let email = user.email.as_ref().map(|email| self.users.claim_email(email, user.id, now)).transpose()?;
        let username = user.username.as_ref().map(|name| self.users.claim_username(name, user.id, now)).transpose()?;
        // What can be taken comes first, so that a refusal says by its position what was. Who somebody is at another provider is
        // the very first: whoever has that has the rest too.
        let claims = [
            email.map(|claim| (Registered::EmailTaken, claim)),
            username.map(|claim| (Registered::UsernameTaken, claim)),
        ];
        let upstream = user.upstream.iter().map(|link| {
            let claim = self.users.claim_upstream(&link.identity, user.id, now)?;
            Ok((Registered::UpstreamTaken, claim))
        });
        let claims = upstream.chain(claims.into_iter().flatten().map(Ok)).collect::<Result<Vec<_>, Fault>>()?;
        let (taken, mut items): (Vec<_>, Vec<_>) = claims.into_iter().unzip();
        items
            .push(Write::to(users, user_key(user.id)).if_new().into_put(&NewUser::of(user, u32::from(key.is_some())))?);
        items.push(Write::to(users, account_key(account.id)).if_new().into_put(&AccountItem::from(account))?);
        items.push(self.audit.as_put(event)?);
        if let Some(session) = session {
            let write = Write::to(&self.sessions.0, place(session)).if_new();
            items.push(write.into_put(&NewSession::of(session))?);
        }
        if let Some((key, event)) = key {
            items.push(self.users.put_key(key)?);
            items.push(self.audit.as_put(event)?);
        }
        items.extend(verification.map(|posted| self.post(posted)).transpose()?.into_iter().flatten());
        match transact(&self.client, super::attempt(now), items).await? {
            Transacted::Done => Ok(Registered::Done),
            Transacted::Refused { position, .. } => {
                taken.get(position).copied().ok_or_else(|| Fault::broken("a new user's id is taken"))
            }
        }
    }
}
