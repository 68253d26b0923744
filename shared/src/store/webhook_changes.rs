//! Changes of webhooks with their audit events, by the makers of their apps and by this server.

use async_recursion::async_recursion as boxed;

use super::stores::Stores;
use super::transaction::Transaction;
use super::webhooks::AppWebhooks;
use crate::domain::audit::AuditEvent;
use crate::domain::client::id::AppId;
use crate::domain::mail::message::OutgoingMail;
use crate::domain::types::id::WriteId;
use crate::domain::webhook::Webhook;
use crate::fault::Fault;

impl Stores {
    /// Puts the webhooks of an app if they are still those that were read, records it, and puts the notice into the
    /// outbox, in one transaction; returns whether they were.
    ///
    /// Repeated, the transaction is recognised by its token; raced, exactly one of those wins that read the same webhooks.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be written.
    #[boxed]
    pub async fn configure_webhooks(
        &self,
        app: AppId,
        before: &AppWebhooks,
        after: &[Webhook],
        event: &AuditEvent,
        notice: Option<&OutgoingMail>,
    ) -> Result<bool, Fault> {
        let version = WriteId::generate(event.at);
        let mut transaction = Transaction::new(version);
        transaction.add(self.webhooks.put_in_transaction(app, before, after, version)?, false);
        self.audit.add_to(&mut transaction, event)?;
        self.add_mail(&mut transaction, notice)?;
        transaction.commit(&self.client, true).await
    }
}
