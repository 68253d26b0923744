//! `Mail`: the outbox. A mail is in it from the transaction that creates it until it is sent.

use async_recursion::async_recursion as boxed;
use serde::Deserialize;

use super::queue::Queue;
use super::table::{ItemKey, Table};
use super::transaction::Transaction;
use super::write::Write;
use crate::domain::delivery::{Place, Work, WorkId};
use crate::domain::mail::message::{Letter, MailMessage, OutgoingMail};
use crate::domain::mail::state::MailState;
use crate::domain::types::email::EmailAddress;
use crate::domain::types::id::WriteId;
use crate::domain::types::locale::Locale;
use crate::domain::types::timestamp::Timestamp;
use crate::fault::Fault;

/// The partition in which earlier versions put all mails.
const EARLIER: &str = "outbox";
/// The prefix of the sort key of such a mail.
const PREFIX: &str = "mail#";
/// How many mails are read at once where a list leaves many out.
const MORE: usize = 1_000;

/// The table `Mail`.
pub struct Outbox {
    /// The mails that are not sent yet, and those that were given up.
    pub queue: Queue<Letter>,
}

/// The form of a mail of an earlier version. While it is attempted, `due_at` is the end of the claim.
#[derive(Deserialize)]
pub(super) struct EarlierMail {
    id: WorkId,
    to: EmailAddress,
    #[serde(default)]
    locale: Option<Locale>,
    letter: MailMessage,
    attempt: WriteId,
    tries: u32,
    due_at: Timestamp,
    expires_at: Timestamp,
    created_at: Timestamp,
}

impl Outbox {
    pub(super) const fn new(table: Table) -> Self {
        Self { queue: Queue::new(table, "mail") }
    }

    /// Moves mails of earlier versions, which a function of an older deployment may still write, into the queue: those that
    /// are due, at most `most`.
    ///
    /// One query, and a transaction for each mail: a mail is never in both places, and never in none. If a run of the
    /// earlier version claims one at the same time, one of both gets it.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be read or written.
    #[boxed]
    pub async fn adopt_earlier(&self, most: usize, now: Timestamp) -> Result<(), Fault> {
        let table = &self.queue.table;
        let earlier: Vec<EarlierMail> = table.oldest(EARLIER, PREFIX, most).await?;
        for mail in earlier.into_iter().filter(|mail| mail.due_at <= now) {
            let remove = Write::to(table, ItemKey::new(EARLIER, format!("{PREFIX}{}", mail.id)));
            let mut transaction = Transaction::new(WriteId::generate(now));
            transaction.add(remove.if_equal("attempt", mail.attempt).into_delete()?, ());
            transaction.add(self.queue.put(&mail.into())?, ());
            transaction.commit(&table.client, ()).await?;
        }
        Ok(())
    }

    /// Lists mails in this state from after `after`: up to `most` of them, and where the list continues. Mails that wait are in
    /// the order in which they are due, and those that were given up the newest first. A mail with nothing to deliver is
    /// left out.
    ///
    /// A page costs one query, or one of each shard for mails that wait, and as many again for each thousand that are left out.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be read.
    #[boxed]
    pub async fn list(
        &self,
        state: MailState,
        after: Option<Place>,
        most: usize,
    ) -> Result<(Vec<OutgoingMail>, Option<Place>), Fault> {
        // One more than `most` shows that the list continues.
        let (mut mails, mut position, mut wanted) = (Vec::new(), after, most + 1);
        while mails.len() <= most {
            let page = match state {
                MailState::Waiting => self.queue.waiting(position, wanted).await?,
                MailState::GivenUp => self.queue.given_up(position.map(|place| place.id), wanted).await?,
            };
            let is_last = page.len() < wanted;
            position = page.last().map(Work::place);
            mails.extend(page.into_iter().filter(OutgoingMail::is_deliverable));
            if is_last && mails.len() <= most {
                return Ok((mails, None));
            }
            wanted = MORE;
        }
        mails.truncate(most);
        let next = mails.last().map(Work::place);
        Ok((mails, next))
    }
}

impl From<EarlierMail> for OutgoingMail {
    fn from(mail: EarlierMail) -> Self {
        let EarlierMail { id, to, locale, letter: message, attempt, tries, due_at, expires_at, created_at } = mail;
        let task = Letter { to, locale, message };
        let (claimed_until, gives_up_at) = (Self::UNCLAIMED, expires_at);
        let (failure, is_delivered) = (None, false);
        Self { id, task, attempt, tries, due_at, claimed_until, gives_up_at, created_at, failure, is_delivered }
    }
}
