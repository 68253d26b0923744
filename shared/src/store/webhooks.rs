//! `Webhooks`: the webhooks of apps, the deliveries that wait, and the last attempts.

use std::time::Duration;

use async_recursion::async_recursion as boxed;
use serde::{Deserialize, Serialize};

use super::batch::Batch;
use super::queue::Queue;
use super::table::{ItemKey, Table};
use super::write::{Write, Written};
use crate::domain::client::id::AppId;
use crate::domain::types::id::WriteId;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::webhook::attempt::{Attempt, AttemptId};
use crate::domain::webhook::delivery::Delivery;
use crate::domain::webhook::{Webhook, WebhookId};
use crate::dynamodb::{Query, TransactItem};
use crate::fault::Fault;

/// How long an attempt is kept.
const KEPT: Duration = Duration::from_secs(7 * 86_400);
/// How often a change is tried that races with another.
const TRIES: usize = 5;

/// The table `Webhooks`.
pub struct Webhooks {
    /// What is to be delivered.
    pub queue: Queue<Delivery>,
}

/// The webhooks of an app as they were read: the write that made them says later whether they still are.
#[derive(Clone, Debug, Default)]
pub struct AppWebhooks {
    /// The webhooks, in the order in which they were created.
    pub webhooks: Vec<Webhook>,
    /// The latest write; none before the first.
    version: Option<WriteId>,
}

/// The webhooks of an app, as the table stores them.
#[derive(Serialize, Deserialize)]
pub(super) struct WebhooksItem {
    webhooks: Vec<Webhook>,
    /// The latest write.
    version: WriteId,
}

/// What is read of it where the webhooks of any version are deleted.
#[derive(Deserialize)]
struct WebhookIds {
    webhooks: Vec<OnlyId>,
}

#[derive(Deserialize)]
struct OnlyId {
    id: WebhookId,
}

/// An attempt, as the table stores it. DynamoDB's time to live is `expires_at`.
#[derive(Serialize, Deserialize)]
pub(super) struct AttemptItem {
    attempt: Attempt,
    expires_at: Timestamp,
}

pub(super) fn webhooks_key(app: AppId) -> ItemKey {
    ItemKey::new(format!("app#{app}"), "webhooks")
}

fn attempts(webhook: WebhookId) -> String {
    format!("webhook-attempts#{webhook}")
}

fn attempt_key(webhook: WebhookId, attempt: AttemptId) -> ItemKey {
    ItemKey::new(attempts(webhook), format!("attempt#{attempt}"))
}

impl Webhooks {
    pub(super) const fn new(table: Table) -> Self {
        Self { queue: Queue::new(table, "webhook") }
    }

    pub(super) const fn table(&self) -> &Table {
        &self.queue.table
    }

    /// The webhooks of an app, in the order in which they were created.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be read.
    #[boxed]
    pub async fn of_app(&self, app: AppId) -> Result<Vec<Webhook>, Fault> {
        Ok(self.find(app).await?.webhooks)
    }

    /// The webhooks of an app, for a change of them.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be read.
    #[boxed]
    pub async fn find(&self, app: AppId) -> Result<AppWebhooks, Fault> {
        let item: Option<WebhooksItem> = self.table().get(&webhooks_key(app)).await?;
        Ok(item.map(AppWebhooks::from).unwrap_or_default())
    }

    /// The webhooks of several apps, in one call for each hundred of them.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be read.
    #[boxed]
    pub async fn of_apps(&self, apps: &[AppId]) -> Result<Vec<(AppId, Vec<Webhook>)>, Fault> {
        let mut found = Vec::new();
        for apps in apps.chunks(Batch::MOST) {
            let keys: Vec<(&Table, ItemKey)> = apps.iter().map(|app| (self.table(), webhooks_key(*app))).collect();
            let batch = Batch::read(&self.table().client, &keys).await?;
            for app in apps {
                // A list goes on without what this version cannot read.
                let item: Option<WebhooksItem> = batch.list(self.table(), &[webhooks_key(*app)]).pop();
                found.extend(item.map(|item| (*app, item.webhooks)));
            }
        }
        Ok(found)
    }

    /// Changes the webhooks of an app to what `next` makes of them, and returns them; `None` from `next` changes nothing.
    ///
    /// One read and one conditional write, which is repeated from the read when another change came between. A write
    /// whose response was lost is recognised by its version.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be read or written, or too many changes race; that of `next` otherwise.
    pub async fn change<E: From<Fault> + Send>(
        &self,
        app: AppId,
        now: Timestamp,
        next: impl Fn(Vec<Webhook>) -> Result<Option<Vec<Webhook>>, E> + Send + Sync,
    ) -> Result<Vec<Webhook>, E> {
        for _ in 0..TRIES {
            let before = self.find(app).await?;
            let Some(after) = next(before.webhooks.clone())? else { return Ok(before.webhooks) };
            if self.put(app, &before, &after, now).await? {
                return Ok(after);
            }
        }
        Err(Fault::unavailable("too many changes of an app's webhooks come at once").into())
    }

    /// A write of an app's webhooks, if they are still those that were read.
    fn write(&self, app: AppId, before: &AppWebhooks) -> Write<'_> {
        Write::to(self.table(), webhooks_key(app)).if_is("version", before.version.as_ref())
    }

    /// The same as a part of a transaction, with the version that it makes.
    pub(super) fn put_in_transaction(
        &self,
        app: AppId,
        before: &AppWebhooks,
        after: &[Webhook],
        version: WriteId,
    ) -> Result<TransactItem, Fault> {
        self.write(app, before).into_put(&WebhooksItem { webhooks: after.to_vec(), version })
    }

    /// Puts the webhooks of an app if they are still those that were read; returns whether they were.
    #[boxed]
    async fn put(&self, app: AppId, before: &AppWebhooks, after: &[Webhook], now: Timestamp) -> Result<bool, Fault> {
        let version = WriteId::generate(now);
        let item = WebhooksItem { webhooks: after.to_vec(), version };
        Ok(match self.write(app, before).put(&item).await? {
            Written::Done(_) => true,
            Written::Refused(found) => {
                let found: Option<WebhooksItem> =
                    found.map(|found| self.table().read(&webhooks_key(app), &found)).transpose()?;
                found.is_some_and(|found| found.version == version)
            }
        })
    }

    /// Records an attempt. Repeated, it writes the same again.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written.
    #[boxed]
    pub async fn record(&self, webhook: WebhookId, attempt: &Attempt) -> Result<(), Fault> {
        let item = AttemptItem { attempt: attempt.clone(), expires_at: attempt.at.after(KEPT) };
        Write::to(self.table(), attempt_key(webhook, attempt.id)).put(&item).await.map(|_: Written| ())
    }

    /// The last `most` attempts of a webhook before this one, or of all, the newest first.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be read.
    #[boxed]
    pub async fn attempts(
        &self,
        webhook: WebhookId,
        before: Option<AttemptId>,
        most: usize,
    ) -> Result<Vec<Attempt>, Fault> {
        let before = before.map(|attempt| attempt_key(webhook, attempt).attributes()).transpose()?;
        let all = self.table().with_prefix(&attempts(webhook), "attempt#")?;
        let query = Query { scan_index_forward: false, exclusive_start_key: before, ..all };
        let items: Vec<AttemptItem> = self.table().first_of(query, most).await?;
        Ok(items.into_iter().map(|item| item.attempt).collect())
    }

    /// The attempts of a webhook since this time, but of a week at most, the oldest first: `most` of them, if there are as many.
    ///
    /// One query for each thousand.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be read.
    #[boxed]
    pub async fn attempts_since(
        &self,
        webhook: WebhookId,
        since: Timestamp,
        most: usize,
        now: Timestamp,
    ) -> Result<Vec<Attempt>, Fault> {
        let first = attempt_key(webhook, AttemptId::first_at(since.max(now.before(KEPT))));
        // `$` sorts after `#`.
        let items: Vec<AttemptItem> = self.table().between(&first.pk, &first.sk, "attempt$", most).await?;
        Ok(items.into_iter().map(|item| item.attempt).collect())
    }
}

impl Webhooks {
    /// The ids of the webhooks of those of these apps that have some, of every version.
    pub(super) async fn ids_of_apps(&self, apps: &[AppId]) -> Result<Vec<(AppId, Vec<WebhookId>)>, Fault> {
        let mut found = Vec::new();
        for apps in apps.chunks(Batch::MOST) {
            let keys: Vec<(&Table, ItemKey)> = apps.iter().map(|app| (self.table(), webhooks_key(*app))).collect();
            let batch = Batch::read(&self.table().client, &keys).await?;
            for (app, (table, key)) in apps.iter().zip(&keys) {
                let item: Option<WebhookIds> = batch.find(table, Some(key))?;
                found.extend(item.map(|item| (*app, item.webhooks.into_iter().map(|webhook| webhook.id).collect())));
            }
        }
        Ok(found)
    }

    /// Deletes up to `most` attempts of a webhook, and returns how many. Repeated or raced, it finds fewer.
    pub(super) async fn purge_attempts(&self, webhook: WebhookId, most: usize) -> Result<usize, Fault> {
        self.table().empty(&attempts(webhook), most).await
    }

    /// Deletes the webhooks of an app. Repeated, it finds nothing and is done.
    pub(super) async fn delete_of_app(&self, app: AppId) -> Result<(), Fault> {
        self.table().delete_batch(&[webhooks_key(app)]).await
    }
}

impl From<WebhooksItem> for AppWebhooks {
    fn from(item: WebhooksItem) -> Self {
        let WebhooksItem { webhooks, version } = item;
        Self { webhooks, version: Some(version) }
    }
}
