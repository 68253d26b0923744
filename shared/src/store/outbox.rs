//! `Mail`: the outbox. A mail is in it from the transaction that creates it until it is sent.

use async_recursion::async_recursion as boxed;
use serde::{Deserialize, Serialize};

use super::table::{ItemKey, Table};
use super::write::{Write, Written};
use crate::domain::mail::message::{MailId, MailMessage, OutgoingMail};
use crate::domain::types::email::EmailAddress;
use crate::domain::types::id::WriteId;
use crate::domain::types::locale::Locale;
use crate::domain::types::timestamp::Timestamp;
use crate::fault::Fault;

/// The partition of all mails: it has those that are not sent yet.
const PARTITION: &str = "outbox";
/// The prefix of the sort key of a mail.
const PREFIX: &str = "mail#";

/// The table `Mail`.
pub struct Outbox(pub(super) Table);

/// The form of a mail in the table. DynamoDB's time to live is `expires_at`.
#[derive(Serialize, Deserialize)]
#[serde(remote = "OutgoingMail")]
struct MailItem {
    id: MailId,
    to: EmailAddress,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    locale: Option<Locale>,
    #[serde(rename = "letter")]
    message: MailMessage,
    attempt: WriteId,
    tries: u32,
    due_at: Timestamp,
    expires_at: Timestamp,
    created_at: Timestamp,
}

/// A mail as the table stores it.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct StoredMail(#[serde(with = "MailItem")] pub(super) OutgoingMail);

pub(super) fn mail_key(id: MailId) -> ItemKey {
    ItemKey::new(PARTITION, format!("{PREFIX}{id}"))
}

impl Outbox {
    /// Lists the unsent mails, oldest first: at most `most`, whether they are due or not.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be read.
    #[boxed]
    pub async fn waiting(&self, most: usize) -> Result<Vec<OutgoingMail>, Fault> {
        let items: Vec<StoredMail> = self.0.oldest(PARTITION, PREFIX, most).await?;
        Ok(items.into_iter().map(|StoredMail(mail)| mail).collect())
    }

    /// Claims a mail until `until`, if no other process has: of all that race, exactly one gets it.
    ///
    /// A repetition whose first response was lost recognises its own attempt in the item.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written.
    #[boxed]
    pub async fn claim(
        &self,
        mail: &OutgoingMail,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Option<OutgoingMail>, Fault> {
        let attempt = WriteId::generate(now);
        let write = Write::to(&self.0, mail_key(mail.id))
            .set("attempt", attempt)
            .set("due_at", until)
            .set("tries", mail.tries + 1)
            .if_equal("attempt", mail.attempt);
        let met = match write.update().await? {
            Written::Done(item) => Some(item),
            Written::Refused(item) => item,
        };
        let met: Option<StoredMail> = met.map(|item| self.0.read(&mail_key(mail.id), &item)).transpose()?;
        Ok(met.map(|StoredMail(mail)| mail).filter(|mail| mail.attempt == attempt))
    }

    /// Schedules a claimed mail to be tried again from `due_at` on, unless another process claimed it since.
    ///
    /// Repeated, it sets the same again.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written; then it is due all the same when the claim ends.
    #[boxed]
    pub async fn put_off(&self, claimed: &OutgoingMail, due_at: Timestamp) -> Result<(), Fault> {
        let key = mail_key(claimed.id);
        let write = Write::to(&self.0, key).set("due_at", due_at).if_equal("attempt", claimed.attempt);
        write.update().await.map(|_: Written| ())
    }

    /// Deletes a mail that was sent, or is no longer to be sent. Repeated, it finds nothing and is done.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written.
    #[boxed]
    pub async fn remove(&self, mail: &OutgoingMail) -> Result<(), Fault> {
        Write::to(&self.0, mail_key(mail.id)).delete().await
    }
}
