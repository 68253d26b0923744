//! Mailed links, in `Authorizations`, and what redeeming them changes.

use async_recursion::async_recursion as boxed;
use serde::{Deserialize, Serialize};

use super::authenticators::Ending;
use super::stores::Stores;
use super::table::ItemKey;
use super::transaction::Transaction;
use super::users::{email_key, user_key};
use super::write::Write;
use crate::domain::audit::AuditEvent;
use crate::domain::crypto::base64url;
use crate::domain::crypto::mac_keys::MacKeyId;
use crate::domain::crypto::secret::SecretHash;
use crate::domain::email_link::{LinkPurpose, MailedLink, VerifiedBy};
use crate::domain::mail::link::LinkMail;
use crate::domain::mail::message::OutgoingMail;
use crate::domain::password::PasswordHash;
use crate::domain::types::email::EmailAddress;
use crate::domain::types::id::WriteId;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::{Epoch, User, UserId};
use crate::fault::Fault;

/// The form of a link in the table. DynamoDB's time to live is `expires_at`.
#[derive(Serialize, Deserialize)]
#[serde(remote = "MailedLink")]
struct LinkItem {
    user_id: UserId,
    purpose: LinkPurpose,
    hash: SecretHash,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key_id: Option<MacKeyId>,
    email: EmailAddress,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    user_email: Option<EmailAddress>,
    epoch: Epoch,
    created_at: Timestamp,
    expires_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    spent_at: Option<Timestamp>,
}

/// A link as the table stores it.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct StoredLink(#[serde(with = "LinkItem")] pub(super) MailedLink);

/// A password that is set by a link.
#[derive(Clone, Copy, Debug)]
pub struct PasswordReset<'r> {
    /// The user.
    pub user: &'r User,
    /// The link that they followed.
    pub link: &'r MailedLink,
    /// The hash of their new password.
    pub password: &'r PasswordHash,
    /// What proves who they are.
    pub verified_by: VerifiedBy,
}

/// The outcome of following a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Followed {
    /// It was done.
    Done,
    /// Another click came first; nothing was written.
    Spent,
    /// The user changed meanwhile; nothing was written, and the link is still valid.
    Raced,
    /// Another user has the address; nothing was written.
    EmailTaken,
}

/// The key of a link: each has one of its own, so that a new link voids no other.
pub(super) fn link_key(user: UserId, purpose: LinkPurpose, hash: &SecretHash) -> ItemKey {
    let hash = base64url::encode(hash.as_bytes());
    ItemKey::new(format!("user#{user}"), format!("link#{}#{hash}", purpose.as_str()))
}

impl Stores {
    /// Stores a link and the mail that carries it, a notice to another address, and the event, in one transaction: no
    /// link without a mail, and no mail without a link.
    ///
    /// Earlier links stay valid: another party who requests one must not void the user's. Repeated, the transaction is
    /// recognised by its token; its items are new, so nothing can race it.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be written; then nothing was written.
    #[boxed]
    pub async fn post_link(
        &self,
        posted: &LinkMail,
        notice: Option<&OutgoingMail>,
        event: &AuditEvent,
    ) -> Result<(), Fault> {
        let mut transaction = Transaction::new(posted.mail.attempt);
        self.add_link(&mut transaction, posted)?;
        self.audit.add_to(&mut transaction, event)?;
        self.add_mail(&mut transaction, notice)?;
        transaction.commit(&self.client, ()).await
    }

    /// Records that the user's address is verified, and spends the link. What was set up before stays if the account's
    /// user verified it; if the mail alone did, all of it ends, and the password too.
    ///
    /// One transaction: repeated, it is recognised by its token; of all that race, one is done.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be written.
    #[boxed]
    pub async fn verify_email(
        &self,
        user: &User,
        link: &MailedLink,
        verified_by: VerifiedBy,
        event: &AuditEvent,
    ) -> Result<Followed, Fault> {
        let now = event.at;
        let verify = Write::to(&self.users.0, user_key(user.id))
            .set("email_verified_at", now)
            .if_equal("email", &link.email)
            .if_absent("email_verified_at")
            .if_absent("deleted_at");
        let mut transaction = self.spending(link, now)?;
        match verified_by {
            VerifiedBy::User => transaction.add(verify.into_update()?, Followed::Raced),
            VerifiedBy::MailAlone => {
                let verify = verify.remove("password_hash");
                let ending = Ending { user, change: verify, left: None, event };
                self.end_authenticators(&mut transaction, ending, Followed::Raced)?;
            }
        }
        self.audit.add_to(&mut transaction, event)?;
        transaction.commit(&self.client, Followed::Done).await
    }

    /// Takes an address from a user who did not verify it, because its owner says that they did not register, and
    /// spends the link. The address is free at once; the user stays, and may add another address.
    ///
    /// One transaction: repeated, it is recognised by its token; raced with a verification, exactly one is done.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be written.
    #[boxed]
    pub async fn disown_email(&self, user: &User, link: &MailedLink, event: &AuditEvent) -> Result<Followed, Fault> {
        let users = &self.users.0;
        let disown = Write::to(users, user_key(user.id))
            .remove("email")
            .if_equal("email", &link.email)
            .if_absent("email_verified_at")
            .if_absent("deleted_at");
        let release = Write::to(users, email_key(&link.email)).if_equal("user_id", user.id);
        let mut transaction = self.spending(link, event.at)?;
        transaction.add(disown.into_update()?, Followed::Raced);
        transaction.add(release.into_delete()?, Followed::Raced);
        self.audit.add_to(&mut transaction, event)?;
        transaction.commit(&self.client, Followed::Done).await
    }

    /// Sets the user's new password, revokes all their sessions, and spends the link; if the mail alone proves who they
    /// are, everything else that was set up in their name ends too. A user who followed it receives the mail of the
    /// address, so that is verified.
    ///
    /// One transaction: repeated, it is recognised by its token; of all that race, one is done.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be written.
    pub async fn reset_password(
        &self,
        PasswordReset { user, link, password, verified_by }: PasswordReset<'_>,
        notice: Option<&OutgoingMail>,
        event: &AuditEvent,
    ) -> Result<Followed, Fault> {
        let now = event.at;
        let reset = Write::to(&self.users.0, user_key(user.id))
            .set("password_hash", password)
            .set_once("email_verified_at", now)
            .if_equal("email", &link.email)
            .if_absent("disabled_at")
            .if_absent("deleted_at");
        let mut transaction = self.spending(link, now)?;
        match verified_by {
            VerifiedBy::User => {
                let reset = reset.set("epoch", user.epoch.next()).if_equal("epoch", user.epoch);
                transaction.add(reset.into_update()?, Followed::Raced);
            }
            VerifiedBy::MailAlone => {
                let ending = Ending { user, change: reset, left: None, event };
                self.end_authenticators(&mut transaction, ending, Followed::Raced)?;
            }
        }
        self.add_mail(&mut transaction, notice)?;
        self.audit.add_to(&mut transaction, event)?;
        transaction.commit(&self.client, Followed::Done).await
    }

    /// Sets the user's address to the one that the link was mailed to, and spends the link. The address before, if it was
    /// verified, is held for the user for a week.
    ///
    /// One transaction: repeated, it is recognised by its token; raced for one address, exactly one is done.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be written.
    #[boxed]
    pub async fn change_email(
        &self,
        user: &User,
        link: &MailedLink,
        notice: Option<&OutgoingMail>,
        event: &AuditEvent,
    ) -> Result<Followed, Fault> {
        let now = event.at;
        let users = &self.users.0;
        let former = user.email_to_return_to(now);
        let former = former.as_ref().filter(|former| former.address != link.email);
        let change = Write::to(users, user_key(user.id))
            .set("email", &link.email)
            .set("email_verified_at", now)
            .if_is("email", link.user_email.as_ref())
            .if_equal("epoch", link.epoch)
            .if_absent("disabled_at")
            .if_absent("deleted_at");
        let change = match former {
            Some(former) => change.set("former_email", former),
            // The user returns to it, or there is none.
            None => change.remove("former_email"),
        };
        let mut transaction = self.spending(link, now)?;
        transaction.add(change.into_update()?, Followed::Raced);
        let before = link.user_email.as_ref();
        if before != Some(&link.email) {
            transaction.add(self.users.claim_email(&link.email, user.id, now)?, Followed::EmailTaken);
            if let Some(before) = before {
                let release = Write::to(users, email_key(before)).if_equal("user_id", user.id);
                let release = match former.filter(|former| former.address == *before) {
                    // No other user may have it while this one can return to it.
                    Some(former) => release
                        .set("held_for", user.id)
                        .set("free_at", former.held_until)
                        .set("expires_at", former.held_until)
                        .remove("user_id")
                        .into_update()?,
                    None => release.into_delete()?,
                };
                transaction.add(release, Followed::Raced);
            }
        }
        self.add_mail(&mut transaction, notice)?;
        self.audit.add_to(&mut transaction, event)?;
        transaction.commit(&self.client, Followed::Done).await
    }

    /// A transaction that spends a link.
    fn spending(&self, link: &MailedLink, now: Timestamp) -> Result<Transaction<Followed>, Fault> {
        let spend = Write::to(&self.authorizations.0, link_key(link.user_id, link.purpose, &link.hash))
            .set("spent_at", now)
            .if_absent("spent_at")
            .if_greater("expires_at", now);
        let mut transaction = Transaction::new(WriteId::generate(now));
        transaction.add(spend.into_update()?, Followed::Spent);
        Ok(transaction)
    }

    /// Adds a new link and its mail to a transaction.
    pub(super) fn add_link<R>(&self, transaction: &mut Transaction<R>, posted: &LinkMail) -> Result<(), Fault> {
        let LinkMail { link, mail } = posted;
        let put = Write::to(&self.authorizations.0, link_key(link.user_id, link.purpose, &link.hash)).if_new();
        transaction.add_certain(put.into_put(&StoredLink(link.clone()))?, "a new link's name is taken");
        self.add_mail(transaction, Some(mail))
    }

    /// Adds a mail to a transaction, if there is one.
    pub(super) fn add_mail<R>(
        &self,
        transaction: &mut Transaction<R>,
        mail: Option<&OutgoingMail>,
    ) -> Result<(), Fault> {
        if let Some(mail) = mail {
            transaction.add_certain(self.outbox.queue.put(mail)?, "a new mail's id is taken");
        }
        Ok(())
    }
}
