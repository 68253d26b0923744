//! Changes to a client together with the audit trail.

use async_recursion::async_recursion as boxed;
use futures_util::future::try_join;

use super::apps::{ListEntry, StoredApp, client_key, count_key, list_key};
use super::stores::Stores;
use super::transaction::Transaction;
use super::write::{Write, Written};
use crate::domain::audit::AuditEvent;
use crate::domain::client::secret::StoredSecret;
use crate::domain::client::{Client, Owner};
use crate::domain::mail::message::OutgoingMail;
use crate::domain::types::id::WriteId;
use crate::domain::types::timestamp::Timestamp;
use crate::fault::Fault;

/// The outcome of a rotation of an app's secret.
#[derive(Debug)]
pub enum SecretsRotated {
    /// It was done, with the app as it is now.
    Done(Box<Client>),
    /// Another rotation or a revocation came first.
    Raced,
}

/// The outcome of a change that depends on the app's state.
#[derive(Debug)]
pub enum AppConfigured {
    /// It was done, with the app as it is now.
    Done(Box<Client>),
    /// Another change or a revocation came first.
    Raced,
}

/// The outcome of a change to a registration.
#[derive(Debug)]
pub enum RegistrationChanged {
    /// It was done.
    Done,
    /// Another change came first, or the registration was revoked.
    Raced,
}

/// The outcome of creating an app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppCreated {
    /// It was done.
    Done,
    /// The account has created as many as it may have since they were last counted.
    QuotaReached,
}

/// The fault when a new app cannot be put.
const NEW_APP_IS_TAKEN: &str = "a new app's id is taken";

impl Stores {
    /// Creates an app of an account with its entry in the account's list, if the account has created fewer than `most`
    /// since they were last counted, records it, and puts the notice into the outbox, in one transaction.
    ///
    /// Its id is new, so only the count can race it, and there are never more than `most`; repeated, the transaction is
    /// recognised by its token. Apps that are older than the count are not in it until they are counted.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be written.
    #[boxed]
    pub async fn create_app(
        &self,
        owner: Owner,
        app: &Client,
        notice: Option<&OutgoingMail>,
        event: &AuditEvent,
        most: u32,
    ) -> Result<AppCreated, Fault> {
        let apps = &self.apps.0;
        let id = app.client_id.app_id().ok_or_else(|| Fault::broken("an app of an account has no id"))?;
        let put = Write::to(apps, client_key(&app.client_id)).if_new();
        let entry = Write::to(apps, list_key(owner.account_id, id)).if_new();
        let count = Write::to(apps, count_key(owner.account_id)).add("apps", 1).add("version", 1);
        let count = count.if_absent_or_at_most("apps", most.saturating_sub(1));
        let mut transaction = Transaction::new(WriteId::generate(event.at));
        transaction.add_certain(put.into_put(&StoredApp(app.clone()))?, NEW_APP_IS_TAKEN);
        transaction.add_certain(entry.into_put(&ListEntry { app_id: id })?, NEW_APP_IS_TAKEN);
        transaction.add(count.into_update()?, AppCreated::QuotaReached);
        self.audit.add_to(&mut transaction, event)?;
        self.add_mail(&mut transaction, notice)?;
        transaction.commit(&self.client, AppCreated::Done).await
    }

    /// Creates an unowned client by a conditional write, and records it beside.
    ///
    /// Its id is new, so nothing can race it; repeated, it recognises its own attempt.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be written.
    #[boxed]
    pub async fn create_unowned(&self, app: &Client, event: &AuditEvent) -> Result<(), Fault> {
        let key = client_key(&app.client_id);
        let write = Write::to(&self.apps.0, key.clone()).if_new();
        let is_done = match try_join(write.put(&StoredApp(app.clone())), self.audit.record(event)).await?.0 {
            Written::Done(_) => true,
            Written::Refused(None) => false,
            Written::Refused(Some(met)) => self.apps.read(&key, met)?.secrets_version == app.secrets_version,
        };
        if is_done { Ok(()) } else { Err(Fault::broken(NEW_APP_IS_TAKEN)) }
    }

    /// Replaces a client's metadata with its secrets, unless its metadata, its secrets or its registration access token
    /// changed since it was read, and records it, in one transaction.
    ///
    /// Repeated, the transaction is recognised by its token; raced, exactly one wins.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be written.
    #[boxed]
    pub async fn replace_registration(
        &self,
        app: &Client,
        event: &AuditEvent,
        now: Timestamp,
    ) -> Result<RegistrationChanged, Fault> {
        let attempt = WriteId::generate(now);
        let write = Write::to(&self.apps.0, client_key(&app.client_id))
            .set("metadata", &app.metadata)
            .set("secrets", &app.secrets)
            .set("secrets_version", attempt)
            .set("version", app.version.next())
            .if_equal("secrets_version", app.secrets_version)
            .if_is("version", Some(&app.version).filter(|version| !version.is_first()))
            .if_is("registration_token", app.registration_token.as_ref())
            .if_absent("revoked_at");
        let mut transaction = Transaction::new(attempt);
        transaction.add(write.into_update()?, RegistrationChanged::Raced);
        self.audit.add_to(&mut transaction, event)?;
        transaction.commit(&self.client, RegistrationChanged::Done).await
    }

    /// Replaces the configuration of an account's app, unless any of that changed since `before` was read, and records
    /// it, in one transaction.
    ///
    /// Repeated, the transaction is recognised by its token; raced, exactly one of those wins that read the same
    /// version.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be written.
    #[boxed]
    pub async fn configure_app(
        &self,
        before: &Client,
        after: Client,
        event: &AuditEvent,
        now: Timestamp,
    ) -> Result<AppConfigured, Fault> {
        let after = Client { version: before.version.next(), ..after };
        let write = Write::to(&self.apps.0, client_key(&before.client_id))
            .set("metadata", &after.metadata)
            .set("event_subscriptions", &after.event_subscriptions)
            .set("version", after.version)
            .if_absent("revoked_at");
        let write = if before.version.is_first() {
            write.if_absent("version")
        } else {
            write.if_equal("version", before.version)
        };
        let mut transaction = Transaction::new(WriteId::generate(now));
        transaction.add(write.into_update()?, AppConfigured::Raced);
        self.audit.add_to(&mut transaction, event)?;
        transaction.commit(&self.client, AppConfigured::Done(Box::new(after))).await
    }

    /// Revokes a client of any owner permanently, and records it, in one transaction; an unowned one is deleted a month
    /// later. Repeated or raced, it keeps the time of the first.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be written; then the client stays valid.
    #[boxed]
    pub async fn end_registration(&self, app: &Client, event: &AuditEvent, now: Timestamp) -> Result<(), Fault> {
        let ends_at = app.owner.is_none().then(|| now.after(Client::UNUSED));
        let write = Write::to(&self.apps.0, client_key(&app.client_id)).set_once("revoked_at", now);
        let write = write.set_some("expires_at", ends_at.as_ref()).if_exists();
        let mut transaction = Transaction::new(WriteId::generate(now));
        transaction.add(write.into_update()?, ());
        self.audit.add_to(&mut transaction, event)?;
        transaction.commit(&self.client, ()).await
    }

    /// Replaces an app's secrets and deletes its registration access token, unless they or the app changed since it was
    /// read, and records it, in one transaction: a secret that was never returned must not replace another.
    ///
    /// Repeated, the transaction is recognised by its token; raced, exactly one wins.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be written.
    #[boxed]
    pub async fn rotate_secrets(
        &self,
        app: &Client,
        secrets: &[StoredSecret],
        notice: Option<&OutgoingMail>,
        event: &AuditEvent,
        now: Timestamp,
    ) -> Result<SecretsRotated, Fault> {
        let attempt = WriteId::generate(now);
        let write = Write::to(&self.apps.0, client_key(&app.client_id))
            .set("secrets", secrets)
            .set("secrets_version", attempt)
            .remove("registration_token")
            .if_equal("secrets_version", app.secrets_version)
            .if_absent("revoked_at");
        let mut transaction = Transaction::new(attempt);
        transaction.add(write.into_update()?, SecretsRotated::Raced);
        self.audit.add_to(&mut transaction, event)?;
        self.add_mail(&mut transaction, notice)?;
        let (secrets, secrets_version) = (secrets.to_vec(), attempt);
        let rotated = Client { secrets, secrets_version, registration_token: None, ..app.clone() };
        transaction.commit(&self.client, SecretsRotated::Done(Box::new(rotated))).await
    }
}
