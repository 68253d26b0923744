//! A queue of work: where it waits, is claimed, put off, and kept when it was given up.
//!
//! Work is in a shard by a hash of its id, in the order in which it is due. So a query of a shard reads what is due and nothing
//! else, however much waits for later. Work that is put off moves to its new place.

use std::marker::PhantomData;
use std::time::Duration;

use async_recursion::async_recursion as boxed;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::list::values;
use super::stream::records;
use super::table::{ItemKey, Table};
use super::transaction::Transaction;
use super::write::{Write, Written};
use crate::domain::delivery::{Place, Task, Work, WorkId};
use crate::domain::types::id::WriteId;
use crate::domain::types::timestamp::Timestamp;
use crate::dynamodb::{Query, TransactItem, Value};
use crate::fault::Fault;

/// The number of shards of a queue. More can be added; fewer would leave work behind.
pub const SHARDS: u8 = 4;
/// How long work that was given up is kept.
const KEPT: Duration = Duration::from_secs(14 * 86_400);
/// How many pieces of work are added at once.
const AT_ONCE: usize = 16;
/// The longest reason of a failure that is stored, in characters.
const LONGEST_FAILURE: usize = 300;

/// The prefix of the sort key of work that waits.
const DUE: &str = "due#";
/// A sort key after that of all work that waits.
const AFTER_DUE: &str = "due$";
/// The end of the key of work that was just added: its stream record calls the function that attempts it.
const NEW: &str = "#new";
/// The end of the key of work that was put off: a schedule finds it.
const AGAIN: &str = "#again";

/// A queue of tasks of one kind.
pub struct Queue<T> {
    pub(super) table: Table,
    name: &'static str,
    task: PhantomData<fn() -> T>,
}

/// Where a piece of work is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkKey(ItemKey);

/// Work that this run alone attempts.
pub struct Claimed<T> {
    key: WorkKey,
    /// The work.
    pub work: Work<T>,
}

/// The form of work in a table. DynamoDB's time to live is `expires_at`: it deletes nothing that may still be attempted.
#[derive(Serialize, Deserialize)]
pub(super) struct WorkItem<T> {
    id: WorkId,
    task: T,
    attempt: WriteId,
    tries: u32,
    due_at: Timestamp,
    claimed_until: Timestamp,
    gives_up_at: Timestamp,
    created_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_delivered: bool,
    expires_at: Timestamp,
}

/// Work that waits, with its key: a list goes on without work that this version cannot read.
#[derive(Deserialize)]
struct Waiting<T> {
    #[serde(flatten)]
    key: ItemKey,
    #[serde(flatten)]
    _work: WorkItem<T>,
}

/// The number of seconds in a key, of one length so that keys sort by time.
fn digits(time: Timestamp) -> String {
    format!("{:0>12}", time.as_seconds().max(0))
}

impl<T: Task> Queue<T> {
    pub(super) const fn new(table: Table, name: &'static str) -> Self {
        Self { table, name, task: PhantomData }
    }

    fn shard(&self, shard: u8) -> String {
        format!("{}#{shard}", self.name)
    }

    fn graveyard(&self) -> String {
        format!("{}#dead", self.name)
    }

    fn key(&self, work: &Work<T>, end: &str) -> WorkKey {
        let [.., last] = *work.id.as_bytes();
        WorkKey(ItemKey::new(self.shard(last % SHARDS), format!("{DUE}{}#{}{end}", digits(work.due_at), work.id)))
    }

    fn dead_key(&self, id: WorkId) -> ItemKey {
        ItemKey::new(self.graveyard(), format!("dead#{id}"))
    }

    /// The write that adds new work, for a transaction: a new id is never taken.
    pub(super) fn put(&self, work: &Work<T>) -> Result<TransactItem, Fault> {
        self.put_at(&self.key(work, NEW).0, work)
    }

    fn put_at(&self, key: &ItemKey, work: &Work<T>) -> Result<TransactItem, Fault> {
        Write::to(&self.table, key.clone()).if_new().into_put(&WorkItem::from(work.clone()))
    }

    /// Adds new work, unless it is there already. Repeated or raced, it is there once.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written.
    #[boxed]
    pub async fn add(&self, work: &Work<T>) -> Result<(), Fault> {
        let write = Write::to(&self.table, self.key(work, NEW).0).if_new();
        write.put(&WorkItem::from(work.clone())).await.map(|_: Written| ())
    }

    /// Adds new pieces of work, some at once, each as [`Self::add`] does.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written; some may have been added.
    #[boxed]
    pub async fn add_all(&self, works: &[Work<T>]) -> Result<(), Fault> {
        stream::iter(works).map(Ok).try_for_each_concurrent(AT_ONCE, |work| self.add(work)).await
    }

    /// The keys of new work in an event of the table's stream; `None` for any other event.
    pub fn added(&self, event: &Json) -> Option<Vec<WorkKey>> {
        let keys = records(event)?.into_iter().map(|record| record.key);
        let shards: Vec<_> = (0..SHARDS).map(|shard| self.shard(shard)).collect();
        Some(keys.filter(|key| shards.contains(&key.pk) && key.sk.ends_with(NEW)).map(WorkKey).collect())
    }

    /// Lists up to `most` pieces of work of a shard that are due and that no run attempts now, the longest due first.
    ///
    /// One query, and a further one for each page on which other runs attempt everything.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be read.
    #[boxed]
    pub async fn due(&self, shard: u8, now: Timestamp, most: usize) -> Result<Vec<WorkKey>, Fault> {
        // `$` sorts after `#`: everything that is due at this second is included.
        let last = format!("{DUE}{}$", digits(now));
        let mut values = values(&[(":pk", &self.shard(shard)), (":first", &DUE.to_owned()), (":last", &last)])?;
        values.add(":now", Value::of(&now)?);
        let query = self.table.query("pk = :pk AND sk BETWEEN :first AND :last", values);
        let mut query = Query { filter_expression: Some("claimed_until <= :now"), limit: Some(most), ..query };
        loop {
            let page = self.table.page::<Waiting<T>>(&query).await?;
            query.exclusive_start_key = page.next;
            if !page.items.is_empty() || query.exclusive_start_key.is_none() {
                return Ok(page.items.into_iter().map(|waiting| WorkKey(waiting.key)).collect());
            }
        }
    }

    /// Lists up to `most` pieces of work in the order in which they are due, whether they are due or not, from after `after`:
    /// fewer only if there are no more.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be read.
    #[boxed]
    pub async fn waiting(&self, after: Option<Place>, most: usize) -> Result<Vec<Work<T>>, Fault> {
        // `$` sorts after `#`: after the work of this place, and before any other.
        let from = after.map_or_else(|| DUE.to_owned(), |after| format!("{DUE}{}#{}$", digits(after.due_at), after.id));
        let mut waiting: Vec<Work<T>> = Vec::new();
        for shard in 0..SHARDS {
            let items: Vec<WorkItem<T>> = self.table.between(&self.shard(shard), &from, AFTER_DUE, most).await?;
            waiting.extend(items.into_iter().map(Work::from));
        }
        waiting.sort_by_key(|work| (work.due_at, work.id));
        waiting.truncate(most);
        Ok(waiting)
    }

    /// Claims work until `until`, if it is still there and no other run attempts it: of all that race, exactly one gets it.
    ///
    /// A repetition whose first response was lost recognises its own attempt in the item.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written.
    #[boxed]
    pub async fn claim(&self, key: &WorkKey, until: Timestamp, now: Timestamp) -> Result<Option<Claimed<T>>, Fault> {
        let attempt = WriteId::generate(now);
        let write = Write::to(&self.table, key.0.clone())
            .set("attempt", attempt)
            .set("claimed_until", until)
            .add("tries", 1)
            .if_at_most("claimed_until", now);
        let found = match write.update().await? {
            Written::Done(item) => Some(item),
            Written::Refused(item) => item,
        };
        // Work of a newer version is left to it.
        let found: Option<WorkItem<T>> = self.table.read_known(found.iter()).pop();
        let claimed = found.filter(|item| item.attempt == attempt);
        Ok(claimed.map(|item| Claimed { key: key.clone(), work: item.into() }))
    }

    /// Deletes work that is done. Repeated, it finds nothing and is done.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written.
    #[boxed]
    pub async fn done(&self, claimed: &Claimed<T>) -> Result<(), Fault> {
        Write::to(&self.table, claimed.key.0.clone()).delete().await
    }

    /// Notes that claimed work was delivered, if it cannot be deleted. Repeated, it sets the same again.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written.
    #[boxed]
    pub async fn note_delivered(&self, claimed: &Claimed<T>) -> Result<(), Fault> {
        let write = Write::to(&self.table, claimed.key.0.clone()).set("is_delivered", true);
        write.if_equal("attempt", claimed.work.attempt).update().await.map(|_: Written| ())
    }

    /// Moves claimed work to where it is due again, unless another run claimed it since; `failure` says why.
    ///
    /// One transaction, so it is never in two places, and never in none. A repetition is recognised by its token.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written; then it is due all the same when the claim ends.
    #[boxed]
    pub async fn put_off(&self, claimed: &Claimed<T>, due_at: Timestamp, failure: &str) -> Result<(), Fault> {
        let work = Work { due_at, claimed_until: Work::<T>::UNCLAIMED, ..failed(&claimed.work, failure) };
        self.relocate(claimed, &self.key(&work, AGAIN).0, &work).await
    }

    /// Moves claimed work to what was given up, where it is kept for two weeks; otherwise as [`Self::put_off`].
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written; then it is given up when the claim ends.
    #[boxed]
    pub async fn give_up(&self, claimed: &Claimed<T>) -> Result<(), Fault> {
        self.relocate(claimed, &self.dead_key(claimed.work.id), &claimed.work).await
    }

    async fn relocate(&self, claimed: &Claimed<T>, to: &ItemKey, work: &Work<T>) -> Result<(), Fault> {
        let remove = Write::to(&self.table, claimed.key.0.clone()).if_equal("attempt", claimed.work.attempt);
        let mut transaction = Transaction::new(WriteId::generate(work.due_at));
        transaction.add(remove.into_delete()?, ());
        transaction.add(self.put_at(to, work)?, ());
        transaction.commit(&self.table.client, ()).await
    }

    /// Lists up to `most` pieces of work that were given up, the newest first, from before `before`: fewer only if there are
    /// no more.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be read.
    #[boxed]
    pub async fn given_up(&self, before: Option<WorkId>, most: usize) -> Result<Vec<Work<T>>, Fault> {
        let last = before.map_or_else(|| "dead$".to_owned(), |id| format!("dead#{id}"));
        let values = values(&[(":pk", &self.graveyard()), (":last", &last)])?;
        let query = self.table.query("pk = :pk AND sk < :last", values);
        let query = Query { scan_index_forward: false, ..query };
        let items: Vec<WorkItem<T>> = self.table.first_of(query, most).await?;
        Ok(items.into_iter().map(Work::from).collect())
    }

    /// Finds work that was given up.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be read.
    #[boxed]
    pub async fn find_given_up(&self, id: WorkId) -> Result<Option<Work<T>>, Fault> {
        let item = self.table.get::<WorkItem<T>>(&self.dead_key(id)).await?;
        Ok(item.map(Work::from))
    }

    /// The two writes that put work which was given up into the queue again, for a transaction: the first is refused if it is
    /// not there any more.
    pub(super) fn take_up(&self, work: &Work<T>) -> Result<[TransactItem; 2], Fault> {
        let remove = Write::to(&self.table, self.dead_key(work.id)).if_equal("attempt", work.attempt);
        Ok([remove.into_delete()?, self.put(work)?])
    }
}

/// The work after its attempt failed.
fn failed<T: Clone>(work: &Work<T>, failure: &str) -> Work<T> {
    Work { failure: Some(failure.chars().take(LONGEST_FAILURE).collect()), ..work.clone() }
}

impl<T> From<Work<T>> for WorkItem<T> {
    fn from(work: Work<T>) -> Self {
        let Work { id, task, attempt, tries, due_at, claimed_until, gives_up_at, created_at, failure, is_delivered } =
            work;
        let expires_at = gives_up_at.after(KEPT);
        Self {
            id,
            task,
            attempt,
            tries,
            due_at,
            claimed_until,
            gives_up_at,
            created_at,
            failure,
            is_delivered,
            expires_at,
        }
    }
}

impl<T> From<WorkItem<T>> for Work<T> {
    fn from(item: WorkItem<T>) -> Self {
        let WorkItem { id, task, attempt, tries, due_at, claimed_until, gives_up_at, created_at, failure, .. } = item;
        let is_delivered = item.is_delivered;
        Self { id, task, attempt, tries, due_at, claimed_until, gives_up_at, created_at, failure, is_delivered }
    }
}
