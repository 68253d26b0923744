//! Signing in by another provider: attempts, pending links, and the links themselves.

use async_recursion::async_recursion as boxed;

use super::authenticators::Ending;
use super::authorization_items::{Expiring, KEPT, StoredAttempt, StoredPendingLink};
use super::authorizations::Authorizations;
use super::stores::Stores;
use super::table::ItemKey;
use super::transaction::Transaction;
use super::users::{ClaimItem, Users, upstream_key, user_key};
use super::write::{Write, Written};
use crate::domain::audit::AuditEvent;
use crate::domain::crypto::base64url;
use crate::domain::crypto::secret::SecretHash;
use crate::domain::mail::message::OutgoingMail;
use crate::domain::session::Session;
use crate::domain::types::email::EmailAddress;
use crate::domain::types::id::WriteId;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::upstream::attempt::UpstreamAttempt;
use crate::domain::upstream::identity::{UpstreamIdentity, UpstreamLink};
use crate::domain::upstream::pending_link::{PendingLink, PendingLinkId};
use crate::domain::user::{User, UserId};
use crate::fault::Fault;

/// The outcome of linking or unlinking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Linked {
    /// It was done.
    Done,
    /// A user has the identity already, and nothing was written.
    Taken,
    /// The user changed meanwhile, and nothing was written.
    Raced,
}

fn attempt_key(hash: &SecretHash) -> ItemKey {
    ItemKey::new(format!("upstream#{}", base64url::encode(hash.as_bytes())), "attempt")
}

fn pending_link_key(id: PendingLinkId) -> ItemKey {
    ItemKey::new(format!("upstream#{id}"), "pending-link")
}

impl Authorizations {
    /// Stores an attempt until its browser is back, by one conditional write. Its state is new, so nothing can race it;
    /// repeated, it finds its own item, and a late repetition cannot reopen an attempt that was used since.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written.
    #[boxed]
    pub async fn begin_upstream(&self, attempt: &UpstreamAttempt) -> Result<(), Fault> {
        let item = Expiring { item: StoredAttempt(attempt.clone()), expires_at: attempt.ends_at.after(KEPT) };
        Write::to(&self.0, attempt_key(&attempt.hash)).if_new().put(&item).await.map(|_: Written| ())
    }

    /// Returns the attempt with this state, used or not.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be read.
    #[boxed]
    pub async fn find_upstream(&self, hash: &SecretHash) -> Result<Option<UpstreamAttempt>, Fault> {
        let found = self.0.get(&attempt_key(hash)).await?;
        Ok(found.map(|StoredAttempt(attempt)| UpstreamAttempt { hash: hash.clone(), ..attempt }))
    }

    /// Spends an attempt, by one conditional write; returns whether it was unspent. Repeated, it recognises its own
    /// write; raced, exactly one is first.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written.
    #[boxed]
    pub async fn spend_upstream(&self, attempt: &UpstreamAttempt, now: Timestamp) -> Result<bool, Fault> {
        let (key, name) = (attempt_key(&attempt.hash), WriteId::generate(now));
        let write = Write::to(&self.0, key.clone()).set("used_at", now).set("attempt", name);
        match write.if_exists().if_absent("used_at").if_greater("ends_at", now).update().await? {
            Written::Done(_) => Ok(true),
            Written::Refused(None) => Ok(false),
            Written::Refused(Some(met)) => Ok(self.0.read::<StoredAttempt>(&key, &met)?.0.attempt == name),
        }
    }

    /// Stores a link until the user authenticates, by one write. Its id is new, so nothing can race it; repeated, it is
    /// the same.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written.
    #[boxed]
    pub async fn store_pending_link(&self, link: &PendingLink) -> Result<(), Fault> {
        let item = Expiring { item: StoredPendingLink(link.clone()), expires_at: link.ends_at };
        Write::to(&self.0, pending_link_key(link.id)).put(&item).await.map(|_: Written| ())
    }

    /// Returns a link that is or was pending.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be read.
    #[boxed]
    pub async fn find_pending_link(&self, id: PendingLinkId) -> Result<Option<PendingLink>, Fault> {
        Ok(self.0.get(&pending_link_key(id)).await?.map(|StoredPendingLink(link)| link))
    }
}

impl Stores {
    /// Links an identity at the provider with a user, records it, and puts the notice into the outbox, in one transaction.
    ///
    /// Repeated, the transaction is recognised by its token; raced for one identity, exactly one is done.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be written; then nothing was written.
    #[boxed]
    pub async fn link_upstream(
        &self,
        user: &User,
        link: &UpstreamLink,
        notice: Option<&OutgoingMail>,
        event: &AuditEvent,
        now: Timestamp,
    ) -> Result<Linked, Fault> {
        let links: Vec<&UpstreamLink> = user.upstream.iter().chain([link]).collect();
        let mut transaction = Transaction::new(WriteId::generate(now));
        transaction.add(self.users.claim_upstream(&link.identity, user.id, now)?, Linked::Taken);
        transaction.add(self.users.change_links(user, &links).into_update()?, Linked::Raced);
        self.audit.add_to(&mut transaction, event)?;
        self.add_mail(&mut transaction, notice)?;
        transaction.commit(&self.client, Linked::Done).await
    }

    /// Gives an account to the user whose address the provider verified, although the account never verified it: links
    /// their identity, ends everything that was set up before, and the password too, records it, and puts the notice into
    /// the outbox, in one transaction.
    ///
    /// Repeated, the transaction is recognised by its token; raced with a verification, exactly one is done.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be written; then nothing was written.
    #[boxed]
    pub async fn take_over(
        &self,
        user: &User,
        email: &EmailAddress,
        link: &UpstreamLink,
        notice: Option<&OutgoingMail>,
        event: &AuditEvent,
    ) -> Result<Linked, Fault> {
        let now = event.at;
        let change = Write::to(&self.users.0, user_key(user.id))
            .set("email_verified_at", now)
            .remove("password_hash")
            .if_equal("email", email)
            .if_absent("email_verified_at")
            .if_absent("disabled_at")
            .if_absent("deleted_at");
        let mut transaction = Transaction::new(WriteId::generate(now));
        transaction.add(self.users.claim_upstream(&link.identity, user.id, now)?, Linked::Taken);
        let ending = Ending { user, change, left: Some(link), event };
        self.end_authenticators(&mut transaction, ending, Linked::Raced)?;
        self.audit.add_to(&mut transaction, event)?;
        self.add_mail(&mut transaction, notice)?;
        transaction.commit(&self.client, Linked::Done).await
    }

    /// Unlinks an identity from a user, revokes every session but this one, and records it, in one transaction; returns
    /// whether it did. A session does not say which identity began it, so all of them end as with a
    /// changed password.
    ///
    /// Repeated, the transaction is recognised by its token; raced by another change or a sign-out everywhere, exactly one
    /// is done.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be written; then nothing was written.
    #[boxed]
    pub async fn unlink_upstream(
        &self,
        user: &User,
        session: &Session,
        identity: &UpstreamIdentity,
        event: &AuditEvent,
    ) -> Result<bool, Fault> {
        let left: Vec<&UpstreamLink> = user.upstream.iter().filter(|link| link.identity != *identity).collect();
        let link = Write::to(&self.users.0, upstream_key(identity)).if_equal("user_id", user.id);
        let mut transaction = Transaction::new(WriteId::generate(event.at));
        transaction.add(link.into_delete()?, false);
        let change = self.users.change_links(user, &left).set("epoch", user.epoch.next());
        transaction.add(change.into_update()?, false);
        transaction.add(self.carry_over(session, user)?, false);
        self.audit.add_to(&mut transaction, event)?;
        transaction.commit(&self.client, true).await
    }
}

impl Users {
    /// Replaces the links that a user was read with. A password is never deleted, so a user who could do without a link
    /// still can.
    fn change_links<'w>(&'w self, user: &User, links: &[&UpstreamLink]) -> Write<'w> {
        let write = Write::to(&self.0, user_key(user.id));
        // Without links there is no attribute, as in an item that never had any.
        let write = if links.is_empty() { write.remove("upstream") } else { write.set("upstream", links) };
        write
            .if_is("upstream", Some(&user.upstream).filter(|links| !links.is_empty()))
            .if_equal("epoch", user.epoch)
            .if_absent("disabled_at")
            .if_absent("deleted_at")
    }

    /// Returns the user with this identity at the provider.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be read.
    #[boxed]
    pub async fn find_by_upstream(&self, identity: &UpstreamIdentity) -> Result<Option<UserId>, Fault> {
        let item: Option<ClaimItem> = self.0.get(&upstream_key(identity)).await?;
        Ok(item.and_then(|item| item.user_id))
    }
}
