//! `Apps`: OAuth apps by client, and each account's list of them.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::try_join;
use serde::{Deserialize, Serialize};

use super::Stores;
use super::batch::Batch;
use super::table::{Item, ItemKey, Table, unavailable};
use super::transaction::{Transacted, transact};
use super::write::{Write, Written};
use crate::domain::audit::AuditEvent;
use crate::domain::client::id::AppId;
use crate::domain::client::id::ClientId;
use crate::domain::client::metadata::ClientMetadata;
use crate::domain::client::registration_token::RegistrationToken;
use crate::domain::client::secret::StoredSecret;
use crate::domain::client::version::{AppVersion, TokenEpoch};
use crate::domain::client::{AppChange, OauthApp, Owner};
use crate::domain::crypto::secret::SecretHash;
use crate::domain::event::EventType;
use crate::domain::oauth::document_url::DocumentUrl;
use crate::domain::types::clock::Timestamp;
use crate::domain::types::id::AttemptId;
use crate::domain::user::account::AccountId;
use crate::fault::Fault;

/// The table `Apps`.
pub struct Apps(pub(super) Table);

/// The form of an app in the table. DynamoDB's time to live is `expires_at`: apps of accounts have none.
#[derive(Serialize, Deserialize)]
#[serde(remote = "OauthApp")]
struct AppItem {
    client_id: ClientId,
    /// Its parts stand beside it.
    #[serde(flatten)]
    owner: Option<Owner>,
    metadata: ClientMetadata,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    event_subscriptions: Vec<EventType>,
    /// Absent as long as nothing changed, and so in every item that is older than it.
    #[serde(default, skip_serializing_if = "AppVersion::is_first")]
    version: AppVersion,
    #[serde(default, skip_serializing_if = "TokenEpoch::is_first")]
    token_epoch: TokenEpoch,
    #[serde(default)]
    secrets: Vec<StoredSecret>,
    secrets_version: AttemptId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    registration_token: Option<SecretHash>,
    created_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fresh_until: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    disabled_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    revoked_at: Option<Timestamp>,
}

/// An app as the table holds it.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct StoredApp(#[serde(with = "AppItem")] pub(super) OauthApp);

/// An account's entry for an app: a pointer only, so that a change of the app is one write.
#[derive(Serialize)]
struct ListEntry {
    app_id: AppId,
}

/// What came of a change to an app.
#[derive(Debug)]
pub enum AppChanged {
    /// It was done; the app as it is now.
    Done(Box<OauthApp>),
    /// The app was revoked before.
    Revoked,
    /// The account has no such app.
    NotFound,
}

/// What came of a rotation of an app's secret.
#[derive(Debug)]
pub enum SecretsRotated {
    /// It was done; the app as it is now.
    Done(Box<OauthApp>),
    /// Another rotation or a revocation came first.
    Raced,
}

/// What came of a change that rests on what the app was.
#[derive(Debug)]
pub enum AppConfigured {
    /// It was done; the app as it is now.
    Done(Box<OauthApp>),
    /// Another change or a revocation came first.
    Raced,
}

/// What came of a change to a registration.
#[derive(Debug)]
pub enum RegistrationChanged {
    /// It was done.
    Done,
    /// Another change came first, or the registration ended.
    Raced,
}

fn app_key(id: AppId) -> ItemKey {
    ItemKey::new(format!("app#{id}"), "app")
}

/// Where a client is. An address is hashed: it may be longer than a key.
pub(super) fn client_key(client: &ClientId) -> ItemKey {
    match client {
        ClientId::Registered(id) => app_key(*id),
        ClientId::Document(url) => {
            let hash = SecretHash::of(url.as_str().as_bytes());
            ItemKey::new(format!("document#{}", crate::domain::crypto::base64url::encode(hash.as_bytes())), "app")
        }
    }
}

fn list_key(account: AccountId, id: AppId) -> ItemKey {
    ItemKey::new(format!("account#{account}"), format!("app#{id}"))
}

/// The app that an entry of an account's list leads to.
pub(super) fn listed_app(entry: &ItemKey) -> Option<ItemKey> {
    AppId::parse(entry.sk.strip_prefix("app#")?).map(app_key)
}

fn belongs_to(app: &OauthApp, account: AccountId) -> bool {
    app.owner.is_some_and(|owner| owner.account_id == account)
}

impl Apps {
    /// Finds an app of an account; another account's is not there.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be read.
    pub async fn find(&self, account: AccountId, id: AppId) -> Result<Option<OauthApp>, Fault> {
        let app: Option<StoredApp> = self.0.get(&app_key(id)).await?;
        Ok(app.map(|StoredApp(app)| app).filter(|app| belongs_to(app, account)))
    }

    /// Finds clients by their ids, wherever they belong; those that are not there are left out.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be read.
    pub async fn find_all<'c>(&self, ids: impl IntoIterator<Item = &'c ClientId>) -> Result<Vec<OauthApp>, Fault> {
        let keys: Vec<ItemKey> = ids.into_iter().map(client_key).collect();
        let mut found = Vec::new();
        for keys in keys.chunks(Batch::MOST) {
            let wanted: Vec<(&Table, ItemKey)> = keys.iter().map(|key| (&self.0, key.clone())).collect();
            let batch = Batch::read(&self.0.client, &wanted).await?;
            for key in keys {
                found.extend(batch.find(&self.0, Some(key))?.map(|StoredApp(app)| app));
            }
        }
        Ok(found)
    }

    /// Keeps what a document says, by one write, and gives the client as it is now.
    ///
    /// Repeated, it sets the same again; raced, the last one wins, and either was fetched just now. A client that is known
    /// already keeps its age and its end.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written.
    pub async fn keep_document(
        &self,
        url: &DocumentUrl,
        metadata: &ClientMetadata,
        fresh_until: Timestamp,
        is_known: bool,
        now: Timestamp,
    ) -> Result<OauthApp, Fault> {
        let client_id = ClientId::Document(url.clone());
        let key = client_key(&client_id);
        let ends_at = now.after(OauthApp::UNUSED);
        let write = Write::to(&self.0, key.clone())
            .set("client_id", &client_id)
            .set("metadata", metadata)
            .set("fresh_until", fresh_until)
            .set_once("secrets_version", super::attempt(now));
        let write = if is_known {
            write.set_once("created_at", now).set_once("expires_at", ends_at)
        } else {
            write.set("created_at", now).set("expires_at", ends_at)
        };
        match write.update().await? {
            Written::Done(item) => self.read(&key, item),
            Written::Refused(_) => Err(Fault::broken("a write without a condition was refused")),
        }
    }

    /// Keeps a client that belongs to nobody for longer, because somebody uses it, by one write. Repeated or raced, it
    /// does no harm: the times differ by moments.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written.
    pub async fn prolong(&self, client: &ClientId, until: Timestamp) -> Result<(), Fault> {
        let write = Write::to(&self.0, client_key(client)).set("expires_at", until);
        write.if_exists().if_absent("revoked_at").update().await.map(|_: Written| ())
    }

    /// Takes a registration token back that was used on another client: from now on it is nobody's. Gives the client that
    /// lost it, if it was one's. Repeated, there is nothing left to take.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written.
    pub async fn void_registration_token(&self, token: &RegistrationToken) -> Result<Option<OauthApp>, Fault> {
        let key = app_key(token.app_id());
        let write = Write::to(&self.0, key.clone()).remove("registration_token");
        match write.if_equal("registration_token", token.hash()).update().await? {
            Written::Done(item) => self.read(&key, item).map(Some),
            Written::Refused(_) => Ok(None),
        }
    }

    /// Lists an account's apps, oldest first, from behind `after`: up to `limit` of them, and where to go on.
    ///
    /// A page costs one query and one batch read, and again as many for each page full of apps that are left out.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be read.
    pub async fn list(
        &self,
        account: AccountId,
        after: Option<AppId>,
        limit: usize,
        include_revoked: bool,
    ) -> Result<(Vec<OauthApp>, Option<AppId>), Fault> {
        let mut apps = Vec::new();
        let mut position = after;
        loop {
            let (page, more) = self.page(account, position, limit - apps.len()).await?;
            position = page.last().and_then(|app| app.client_id.app_id());
            apps.extend(page.into_iter().filter(|app| include_revoked || app.revoked_at.is_none()));
            if !more || position.is_none() {
                return Ok((apps, None));
            }
            if apps.len() == limit {
                return Ok((apps, position));
            }
        }
    }

    async fn page(
        &self,
        account: AccountId,
        after: Option<AppId>,
        limit: usize,
    ) -> Result<(Vec<OauthApp>, bool), Fault> {
        let values = HashMap::from([
            (":pk".to_owned(), AttributeValue::S(format!("account#{account}"))),
            (":app".to_owned(), AttributeValue::S("app#".to_owned())),
        ]);
        let query = self
            .0
            .client
            .query()
            .table_name(&self.0.name)
            .consistent_read(true)
            .key_condition_expression("pk = :pk AND begins_with(sk, :app)")
            .set_expression_attribute_values(Some(values))
            .set_exclusive_start_key(after.map(|id| list_key(account, id).attributes()))
            .limit(i32::try_from(limit).unwrap_or(i32::MAX));
        let output = query.send().await.map_err(unavailable)?;
        let more = output.last_evaluated_key.is_some();
        let entries = output.items.unwrap_or_default();
        let id = |entry: &Item| AppId::parse(ItemKey::of(entry)?.sk.strip_prefix("app#")?);
        let clients: Vec<_> = entries.iter().filter_map(|entry| id(entry).map(ClientId::Registered)).collect();
        Ok((self.find_all(&clients).await?, more))
    }

    /// Changes what `change` names and nothing else, by one write.
    ///
    /// Repeated, it sets the same again, and the version moves once more; raced, the last one wins for each field that both
    /// name.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written.
    pub async fn update(&self, account: AccountId, id: AppId, change: &AppChange) -> Result<AppChanged, Fault> {
        let write = Write::to(&self.0, app_key(id))
            .add("version", 1)
            .set_some("metadata.name", change.name.as_ref())
            .set_some("metadata.redirect_uris", change.redirect_uris.as_ref())
            .set_some("metadata.post_logout_redirect_uris", change.post_logout_redirect_uris.as_ref())
            .set_some("metadata.id_token_signed_response_alg", change.id_token_signed_response_alg.as_ref())
            .set_some("metadata.scopes", change.scopes.as_ref())
            .set_some("metadata.keys", change.keys.as_ref());
        self.change_own(account, id, write).await
    }

    /// Switches an app off or on, by one write.
    ///
    /// Repeated, it changes nothing more but the version, and the time when it was switched off stays; raced, the last one
    /// wins.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written.
    pub async fn switch(
        &self,
        account: AccountId,
        id: AppId,
        disabled_at: Option<Timestamp>,
    ) -> Result<AppChanged, Fault> {
        let write = Write::to(&self.0, app_key(id)).add("version", 1);
        let write = match disabled_at {
            Some(now) => write.set_once("disabled_at", now),
            None => write.remove("disabled_at"),
        };
        self.change_own(account, id, write).await
    }

    /// Ends every token that an app has, by one write, however many there are.
    ///
    /// Repeated or raced, it ends what came between, too: nobody was told of that before this was answered.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written.
    pub async fn revoke_tokens(&self, account: AccountId, id: AppId) -> Result<AppChanged, Fault> {
        self.change_own(account, id, Write::to(&self.0, app_key(id)).add("token_epoch", 1)).await
    }

    /// Changes an app of an account that was not revoked.
    async fn change_own(&self, account: AccountId, id: AppId, write: Write<'_>) -> Result<AppChanged, Fault> {
        match write.if_equal("account_id", account).if_absent("revoked_at").update().await? {
            Written::Done(item) => Ok(AppChanged::Done(Box::new(self.read(&app_key(id), item)?))),
            Written::Refused(item) => self.refusal(account, id, item),
        }
    }

    /// Ends an app for good, by one write. Repeated or raced, it keeps the time of the first.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written.
    pub async fn revoke(&self, account: AccountId, id: AppId, now: Timestamp) -> Result<AppChanged, Fault> {
        let write = Write::to(&self.0, app_key(id)).set_once("revoked_at", now).if_equal("account_id", account);
        match write.update().await? {
            Written::Done(item) => Ok(AppChanged::Done(Box::new(self.read(&app_key(id), item)?))),
            Written::Refused(item) => self.refusal(account, id, item),
        }
    }

    fn refusal(&self, account: AccountId, id: AppId, item: Option<Item>) -> Result<AppChanged, Fault> {
        let app = item.map(|item| self.read(&app_key(id), item)).transpose()?;
        Ok(match app.filter(|app| belongs_to(app, account)) {
            Some(_) => AppChanged::Revoked,
            None => AppChanged::NotFound,
        })
    }

    fn read(&self, key: &ItemKey, item: Item) -> Result<OauthApp, Fault> {
        self.0.read(key, item).map(|StoredApp(app)| app)
    }
}

impl Stores {
    /// Creates an app, and writes it down: one of an account with its entry in the account's list, in one transaction; one of
    /// nobody by a conditional write, and the event beside it.
    ///
    /// Its id is new, so nothing can race it; repeated, it knows its own attempt.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be written.
    pub async fn create_app(&self, app: &OauthApp, event: &AuditEvent) -> Result<(), Fault> {
        let (apps, key) = (&self.apps.0, client_key(&app.client_id));
        let (write, item) = (Write::to(apps, key.clone()).if_new(), StoredApp(app.clone()));
        let is_done = match app.owner.zip(app.client_id.app_id()) {
            Some((owner, id)) => {
                let entry = Write::to(apps, list_key(owner.account_id, id)).if_new();
                let items =
                    vec![write.into_put(&item)?, entry.into_put(&ListEntry { app_id: id })?, self.audit.as_put(event)?];
                matches!(transact(&self.client, app.secrets_version, items).await?, Transacted::Done)
            }
            None => match try_join(write.put(&item), self.audit.record(event)).await?.0 {
                Written::Done(_) => true,
                Written::Refused(None) => false,
                Written::Refused(Some(met)) => self.apps.read(&key, met)?.secrets_version == app.secrets_version,
            },
        };
        if is_done { Ok(()) } else { Err(Fault::broken("a new app's id is taken")) }
    }

    /// Replaces what a client says of itself, with its secrets and its registration token, unless they or the client
    /// changed since it was read, and writes it down, in one transaction.
    ///
    /// Repeated, the transaction knows itself by its token; raced, exactly one wins.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be written.
    pub async fn replace_registration(
        &self,
        app: &OauthApp,
        event: &AuditEvent,
        now: Timestamp,
    ) -> Result<RegistrationChanged, Fault> {
        let attempt = super::attempt(now);
        let write = Write::to(&self.apps.0, client_key(&app.client_id))
            .set("metadata", &app.metadata)
            .set("secrets", &app.secrets)
            .set_some("registration_token", app.registration_token.as_ref())
            .set("secrets_version", attempt)
            .add("version", 1)
            .if_equal("secrets_version", app.secrets_version)
            .if_absent("revoked_at");
        let items = vec![write.into_update()?, self.audit.as_put(event)?];
        Ok(match transact(&self.client, attempt, items).await? {
            Transacted::Done => RegistrationChanged::Done,
            Transacted::Refused { .. } => RegistrationChanged::Raced,
        })
    }

    /// Replaces what an account says of its app, unless any of that changed since `before` was read, and writes it down, in
    /// one transaction.
    ///
    /// Repeated, the transaction knows itself by its token; raced, exactly one of those wins that read the same version.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be written.
    pub async fn configure_app(
        &self,
        before: &OauthApp,
        after: OauthApp,
        event: &AuditEvent,
        now: Timestamp,
    ) -> Result<AppConfigured, Fault> {
        let after = OauthApp { version: before.version.next(), ..after };
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
        let items = vec![write.into_update()?, self.audit.as_put(event)?];
        Ok(match transact(&self.client, super::attempt(now), items).await? {
            Transacted::Done => AppConfigured::Done(Box::new(after)),
            Transacted::Refused { .. } => AppConfigured::Raced,
        })
    }

    /// Ends a client for good, whosever it is, and writes it down, in one transaction; one that is nobody's is forgotten a day
    /// later. Repeated or raced, it keeps the time of the first.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be written; then the client goes on.
    pub async fn end_registration(&self, app: &OauthApp, event: &AuditEvent, now: Timestamp) -> Result<(), Fault> {
        let ends_at = app.owner.is_none().then(|| now.after(OauthApp::UNUSED));
        let write = Write::to(&self.apps.0, client_key(&app.client_id)).set_once("revoked_at", now);
        let write = write.set_some("expires_at", ends_at.as_ref()).if_exists();
        let items = vec![write.into_update()?, self.audit.as_put(event)?];
        transact(&self.client, super::attempt(now), items).await.map(|_: Transacted| ())
    }

    /// Replaces an app's secrets, unless they or the app changed since it was read, and writes it down, in one transaction:
    /// a secret that nobody was told of must not push out another.
    ///
    /// Repeated, the transaction knows itself by its token; raced, exactly one wins.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be written.
    pub async fn rotate_secrets(
        &self,
        app: &OauthApp,
        secrets: &[StoredSecret],
        event: &AuditEvent,
        now: Timestamp,
    ) -> Result<SecretsRotated, Fault> {
        let attempt = super::attempt(now);
        let write = Write::to(&self.apps.0, client_key(&app.client_id))
            .set("secrets", secrets)
            .set("secrets_version", attempt)
            .if_equal("secrets_version", app.secrets_version)
            .if_absent("revoked_at");
        let items = vec![write.into_update()?, self.audit.as_put(event)?];
        Ok(match transact(&self.client, attempt, items).await? {
            Transacted::Done => {
                let rotated = OauthApp { secrets: secrets.to_vec(), secrets_version: attempt, ..app.clone() };
                SecretsRotated::Done(Box::new(rotated))
            }
            Transacted::Refused { .. } => SecretsRotated::Raced,
        })
    }
}
