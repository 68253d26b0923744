//! Links that we mail, in `Authorizations`, and what following them changes.

use aws_sdk_dynamodb::types::TransactWriteItem;
use serde::{Deserialize, Serialize};

use super::Stores;
use super::outbox::{StoredMail, mail_key};
use super::table::ItemKey;
use super::transaction::{Transacted, transact};
use super::users::{email_key, user_key};
use super::write::Write;
use crate::domain::audit::AuditEvent;
use crate::domain::crypto::secret::SecretHash;
use crate::domain::email_link::{LinkPurpose, MailedLink};
use crate::domain::mail::link::LinkMail;
use crate::domain::mail::message::OutgoingMail;
use crate::domain::password::PasswordHash;
use crate::domain::types::clock::Timestamp;
use crate::domain::types::email::EmailAddress;
use crate::domain::user::{Epoch, User, UserId};
use crate::fault::Fault;

/// The form of a link in the table. DynamoDB's time to live is `expires_at`.
#[derive(Serialize, Deserialize)]
#[serde(remote = "MailedLink")]
struct LinkItem {
    user_id: UserId,
    purpose: LinkPurpose,
    hash: SecretHash,
    email: EmailAddress,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    person_email: Option<EmailAddress>,
    epoch: Epoch,
    created_at: Timestamp,
    expires_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    spent_at: Option<Timestamp>,
}

/// A link as the table holds it.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct StoredLink(#[serde(with = "LinkItem")] pub(super) MailedLink);

/// What came of following a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Followed {
    /// It was done.
    Done,
    /// Another click came first, or a newer link replaced this one; nothing was written.
    Spent,
    /// The person changed meanwhile; nothing was written, and the link is as good as before.
    Raced,
    /// Somebody else has the address; nothing was written.
    EmailTaken,
}

pub(super) fn link_key(user: UserId, purpose: LinkPurpose) -> ItemKey {
    ItemKey::new(format!("user#{user}"), format!("link#{}", purpose.as_str()))
}

impl Stores {
    /// Puts a link and the mail that carries it, a notice to another address, and the event, in one transaction: no link
    /// without a mail, and no mail without a link.
    ///
    /// The link takes the place of the one before for the same purpose. Repeated, the transaction knows itself by its
    /// token; a late repetition finds a newer link and leaves it alone.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be written; then nothing was.
    pub async fn post_link(
        &self,
        posted: &LinkMail,
        notice: Option<&OutgoingMail>,
        event: &AuditEvent,
    ) -> Result<(), Fault> {
        let mut items = self.post(posted)?.to_vec();
        items.push(self.audit.as_put(event)?);
        items.extend(notice.map(|notice| self.mail(notice)).transpose()?);
        match transact(&self.client, posted.mail.attempt, items).await? {
            // Refused, a newer link is on its way to the same person.
            Transacted::Done | Transacted::Refused { .. } => Ok(()),
        }
    }

    /// Notes that the person gets the mail of the address that the link was mailed to, and spends the link.
    ///
    /// One transaction: repeated, it knows itself by its token; of all that race, one is done.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be written.
    pub async fn verify_email(
        &self,
        user: &User,
        link: &MailedLink,
        event: &AuditEvent,
        now: Timestamp,
    ) -> Result<Followed, Fault> {
        let items = vec![
            self.spend(link, now)?,
            Write::to(&self.users.0, user_key(user.id))
                .set_once("email_verified_at", now)
                .if_equal("email", &link.email)
                .if_absent("deleted_at")
                .into_update()?,
        ];
        self.follow(items, event, now).await
    }

    /// Gives the person a new password, ends everything that they had, and spends the link. Whoever followed it gets the
    /// mail of the address, so that is verified too.
    ///
    /// One transaction: repeated, it knows itself by its token; of all that race, one is done.
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
        now: Timestamp,
    ) -> Result<Followed, Fault> {
        let mut items = vec![
            self.spend(link, now)?,
            Write::to(&self.users.0, user_key(user.id))
                .set("password_hash", password)
                .set("epoch", user.epoch.next())
                .set_once("email_verified_at", now)
                .if_equal("email", &link.email)
                .if_equal("epoch", link.epoch)
                .if_absent("disabled_at")
                .if_absent("deleted_at")
                .into_update()?,
        ];
        items.extend(notice.map(|notice| self.mail(notice)).transpose()?);
        self.follow(items, event, now).await
    }

    /// Gives the person the address that the link was mailed to, and spends the link.
    ///
    /// One transaction: repeated, it knows itself by its token; raced for one address, exactly one is done.
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
        now: Timestamp,
    ) -> Result<Followed, Fault> {
        let users = &self.users.0;
        let mut items = vec![
            self.spend(link, now)?,
            Write::to(users, user_key(user.id))
                .set("email", &link.email)
                .set("email_verified_at", now)
                .if_is("email", link.person_email.as_ref())
                .if_equal("epoch", link.epoch)
                .if_absent("disabled_at")
                .if_absent("deleted_at")
                .into_update()?,
        ];
        let before = link.person_email.as_ref();
        if before != Some(&link.email) {
            items.push(self.users.claim_email(&link.email, user.id, now)?);
            let leave = |email| Write::to(users, email_key(email)).if_equal("user_id", user.id).into_delete();
            items.extend(before.map(leave).transpose()?);
        }
        items.extend(notice.map(|notice| self.mail(notice)).transpose()?);
        self.follow(items, event, now).await
    }

    /// The link first, then the person, then the address.
    async fn follow(
        &self,
        mut items: Vec<TransactWriteItem>,
        event: &AuditEvent,
        now: Timestamp,
    ) -> Result<Followed, Fault> {
        items.push(self.audit.as_put(event)?);
        Ok(match transact(&self.client, super::attempt(now), items).await? {
            Transacted::Done => Followed::Done,
            Transacted::Refused { position: 0, .. } => Followed::Spent,
            Transacted::Refused { position: 2, .. } => Followed::EmailTaken,
            Transacted::Refused { .. } => Followed::Raced,
        })
    }

    fn spend(&self, link: &MailedLink, now: Timestamp) -> Result<TransactWriteItem, Fault> {
        Write::to(&self.authorizations.0, link_key(link.user_id, link.purpose))
            .set("spent_at", now)
            .if_equal("hash", &link.hash)
            .if_absent("spent_at")
            .if_greater("expires_at", now)
            .into_update()
    }

    /// A link and its mail, as parts of a transaction.
    pub(super) fn post(&self, posted: &LinkMail) -> Result<[TransactWriteItem; 2], Fault> {
        let link = &posted.link;
        let put = Write::to(&self.authorizations.0, link_key(link.user_id, link.purpose))
            .if_new_or_at_most("created_at", link.created_at)
            .into_put(&StoredLink(link.clone()))?;
        Ok([put, self.mail(&posted.mail)?])
    }

    /// A mail, as a part of a transaction.
    pub(super) fn mail(&self, mail: &OutgoingMail) -> Result<TransactWriteItem, Fault> {
        Write::to(&self.outbox.0, mail_key(mail.id)).if_new().into_put(&StoredMail(mail.clone()))
    }
}
