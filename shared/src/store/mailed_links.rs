//! Mailed links, in `Authorizations`, and what redeeming them changes.

use aws_sdk_dynamodb::types::TransactWriteItem;
use serde::{Deserialize, Serialize};

use super::outbox::{StoredMail, mail_key};
use super::stores::Stores;
use super::table::ItemKey;
use super::transaction::Transaction;
use super::users::{email_key, user_key};
use super::write::Write;
use crate::domain::audit::AuditEvent;
use crate::domain::crypto::mac_keys::MacKeyId;
use crate::domain::crypto::secret::SecretHash;
use crate::domain::email_link::{LinkPurpose, MailedLink};
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

/// The outcome of following a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Followed {
    /// It was done.
    Done,
    /// Another click came first, or a newer link replaced this one; nothing was written.
    Spent,
    /// The user changed meanwhile; nothing was written, and the link is still valid.
    Raced,
    /// Another user has the address; nothing was written.
    EmailTaken,
}

pub(super) fn link_key(user: UserId, purpose: LinkPurpose) -> ItemKey {
    ItemKey::new(format!("user#{user}"), format!("link#{}", purpose.as_str()))
}

impl Stores {
    /// Stores a link and the mail that carries it, a notice to another address, and the event, in one transaction: no
    /// link without a mail, and no mail without a link.
    ///
    /// The link replaces the one before for the same purpose. Repeated, the transaction is recognised by its token; a
    /// late repetition finds a newer link and does not change it.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be written; then nothing was written.
    pub async fn post_link(
        &self,
        posted: &LinkMail,
        notice: Option<&OutgoingMail>,
        event: &AuditEvent,
    ) -> Result<(), Fault> {
        let mut transaction = Transaction::new(posted.mail.attempt);
        // If it is refused, a newer link is on its way to the same user.
        transaction.add(self.put_link(&posted.link)?, ());
        self.add_mail(&mut transaction, Some(&posted.mail))?;
        self.audit.add_to(&mut transaction, event)?;
        self.add_mail(&mut transaction, notice)?;
        transaction.commit(&self.client, ()).await
    }

    /// Records that the user receives the mail of the address that the link was mailed to, and spends the link.
    ///
    /// One transaction: repeated, it is recognised by its token; of all that race, one is done.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be written.
    pub async fn verify_email(&self, user: &User, link: &MailedLink, event: &AuditEvent) -> Result<Followed, Fault> {
        let now = event.at;
        let verify = Write::to(&self.users.0, user_key(user.id))
            .set_once("email_verified_at", now)
            .if_equal("email", &link.email)
            .if_absent("deleted_at");
        let mut transaction = self.spending(link, now)?;
        transaction.add(verify.into_update()?, Followed::Raced);
        self.audit.add_to(&mut transaction, event)?;
        transaction.commit(&self.client, Followed::Done).await
    }

    /// Sets the user's new password, revokes all their sessions, and spends the link. A user who followed it receives
    /// the mail of the address, so that is verified too.
    ///
    /// One transaction: repeated, it is recognised by its token; of all that race, one is done.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be written.
    pub async fn reset_password(
        &self,
        user: &User,
        link: &MailedLink,
        password: &PasswordHash,
        notice: Option<&OutgoingMail>,
        event: &AuditEvent,
    ) -> Result<Followed, Fault> {
        let now = event.at;
        let reset = Write::to(&self.users.0, user_key(user.id))
            .set("password_hash", password)
            .set("epoch", user.epoch.next())
            .set_once("email_verified_at", now)
            .if_equal("email", &link.email)
            .if_equal("epoch", link.epoch)
            .if_absent("disabled_at")
            .if_absent("deleted_at");
        let mut transaction = self.spending(link, now)?;
        transaction.add(reset.into_update()?, Followed::Raced);
        self.add_mail(&mut transaction, notice)?;
        self.audit.add_to(&mut transaction, event)?;
        transaction.commit(&self.client, Followed::Done).await
    }

    /// Sets the user's address to the one that the link was mailed to, and spends the link.
    ///
    /// One transaction: repeated, it is recognised by its token; raced for one address, exactly one is done.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be written.
    pub async fn change_email(
        &self,
        user: &User,
        link: &MailedLink,
        notice: Option<&OutgoingMail>,
        event: &AuditEvent,
    ) -> Result<Followed, Fault> {
        let now = event.at;
        let users = &self.users.0;
        let change = Write::to(users, user_key(user.id))
            .set("email", &link.email)
            .set("email_verified_at", now)
            .if_is("email", link.user_email.as_ref())
            .if_equal("epoch", link.epoch)
            .if_absent("disabled_at")
            .if_absent("deleted_at");
        let mut transaction = self.spending(link, now)?;
        transaction.add(change.into_update()?, Followed::Raced);
        let before = link.user_email.as_ref();
        if before != Some(&link.email) {
            transaction.add(self.users.claim_email(&link.email, user.id, now)?, Followed::EmailTaken);
            if let Some(before) = before {
                let release = Write::to(users, email_key(before)).if_equal("user_id", user.id);
                transaction.add(release.into_delete()?, Followed::Raced);
            }
        }
        self.add_mail(&mut transaction, notice)?;
        self.audit.add_to(&mut transaction, event)?;
        transaction.commit(&self.client, Followed::Done).await
    }

    /// A transaction that spends a link.
    fn spending(&self, link: &MailedLink, now: Timestamp) -> Result<Transaction<Followed>, Fault> {
        let spend = Write::to(&self.authorizations.0, link_key(link.user_id, link.purpose))
            .set("spent_at", now)
            .if_equal("hash", &link.hash)
            .if_absent("spent_at")
            .if_greater("expires_at", now);
        let mut transaction = Transaction::new(WriteId::generate(now));
        transaction.add(spend.into_update()?, Followed::Spent);
        Ok(transaction)
    }

    /// Replaces an older link for the same purpose, as a part of a transaction; refused if there is a newer one.
    pub(super) fn put_link(&self, link: &MailedLink) -> Result<TransactWriteItem, Fault> {
        Write::to(&self.authorizations.0, link_key(link.user_id, link.purpose))
            .if_new_or_at_most("created_at", link.created_at)
            .into_put(&StoredLink(link.clone()))
    }

    /// Adds a mail to a transaction, if there is one.
    pub(super) fn add_mail<R>(
        &self,
        transaction: &mut Transaction<R>,
        mail: Option<&OutgoingMail>,
    ) -> Result<(), Fault> {
        if let Some(mail) = mail {
            let put = Write::to(&self.outbox.0, mail_key(mail.id)).if_new();
            transaction.add_certain(put.into_put(&StoredMail(mail.clone()))?, "a new mail's id is taken");
        }
        Ok(())
    }
}
