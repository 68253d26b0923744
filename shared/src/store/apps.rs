//! `Apps`: OAuth apps by client, and each account's list of them.

use async_recursion::async_recursion as boxed;
use serde::{Deserialize, Serialize};

use super::batch::Batch;
use super::table::{ItemKey, Table};
use super::write::{Write, Written};
use crate::domain::client::id::{AppId, ClientId};
use crate::domain::client::maker::Maker;
use crate::domain::client::metadata::ClientMetadata;
use crate::domain::client::registration_token::RegistrationToken;
use crate::domain::client::secret::StoredSecret;
use crate::domain::client::standing::{Review, Standing};
use crate::domain::client::version::{AppVersion, TokenEpoch};
use crate::domain::client::{AppChange, Client, Owner};
use crate::domain::crypto::base64url;
use crate::domain::crypto::secret::SecretHash;
use crate::domain::event::EventType;
use crate::domain::oauth::document_url::DocumentUrl;
use crate::domain::types::id::WriteId;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::Epoch;
use crate::domain::user::account::AccountId;
use crate::domain::user::generation::AuthenticatorGeneration;
use crate::dynamodb::{Item, Query};
use crate::fault::Fault;

/// The prefix of the sort key of an entry of an account's list.
const LISTED: &str = "app#";

/// The table `Apps`.
pub struct Apps(pub(super) Table);

/// The form of an app in the table. DynamoDB's time to live is `expires_at`: apps of accounts have none.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Client")]
struct AppItem {
    client_id: ClientId,
    /// Its fields are flattened into the item.
    #[serde(flatten)]
    owner: Option<Owner>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    made_by: Option<Maker>,
    metadata: ClientMetadata,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    event_subscriptions: Vec<EventType>,
    /// Absent until the first change, and so in every item that is older than this attribute.
    #[serde(default, skip_serializing_if = "AppVersion::is_first")]
    version: AppVersion,
    #[serde(default, skip_serializing_if = "TokenEpoch::is_first")]
    token_epoch: TokenEpoch,
    #[serde(default)]
    secrets: Vec<StoredSecret>,
    secrets_version: WriteId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    registration_token: Option<SecretHash>,
    /// Absent in the first epoch, and in every item that is older than this attribute.
    #[serde(default = "first_epoch", skip_serializing_if = "is_first_epoch")]
    registration_epoch: Epoch,
    created_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fresh_until: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    disabled_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    revoked_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    review: Option<Review>,
    #[serde(skip)]
    standing: Standing,
}

const fn first_epoch() -> Epoch {
    Epoch::FIRST
}

fn is_first_epoch(epoch: &Epoch) -> bool {
    *epoch == Epoch::FIRST
}

/// An app as the table stores it.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct StoredApp(#[serde(with = "AppItem")] pub(super) Client);

/// An account's entry for an app: a pointer only, so that a change of the app is one write.
#[derive(Serialize, Deserialize)]
pub(super) struct ListEntry {
    pub(super) app_id: AppId,
}

/// Whether an app works.
#[derive(Clone, Copy, Debug)]
pub enum AppSwitch {
    /// It does not, from this time on.
    Off(Timestamp),
    /// It does, as one that its creator trusts in this generation of their authenticators.
    On(AuthenticatorGeneration),
}

/// The outcome of a change to an app.
#[derive(Debug)]
pub enum AppChanged {
    /// It was done, with the app as it is now.
    Done(Box<Client>),
    /// The app was revoked before.
    Revoked,
    /// The account has no such app.
    NotFound,
}

fn app_key(id: AppId) -> ItemKey {
    ItemKey::new(format!("app#{id}"), "app")
}

/// The key of a client. An address is hashed: it may be longer than a key.
pub(super) fn client_key(client: &ClientId) -> ItemKey {
    match client {
        ClientId::Registered(id) => app_key(*id),
        ClientId::Document(url) => {
            let hash = SecretHash::of(url.as_str().as_bytes());
            ItemKey::new(format!("document#{}", base64url::encode(hash.as_bytes())), "app")
        }
    }
}

pub(super) fn list_key(account: AccountId, id: AppId) -> ItemKey {
    ItemKey::new(format!("account#{account}"), format!("{LISTED}{id}"))
}

/// How many apps are counted at once.
const AT_ONCE: usize = 100;

/// The key of the number of apps that an account created.
pub(super) fn count_key(account: AccountId) -> ItemKey {
    ItemKey::new(format!("account#{account}"), "count")
}

/// The part of an account's count that a new count depends on: its version, which every change raises.
#[derive(Deserialize)]
pub(super) struct AppCount {
    #[serde(default)]
    version: Option<u64>,
}

/// The key of the app that an entry of an account's list points to.
pub(super) fn listed_app(entry: &ItemKey) -> Option<ItemKey> {
    listed_id(entry).map(app_key)
}

/// The id of the app that an entry of an account's list points to.
pub(super) fn listed_id(entry: &ItemKey) -> Option<AppId> {
    AppId::parse(entry.sk.strip_prefix(LISTED)?)
}

fn belongs_to(app: &Client, account: AccountId) -> bool {
    app.owner.is_some_and(|owner| owner.account_id == account)
}

impl Apps {
    /// Returns an app of an account; one of another account is not found.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be read.
    #[boxed]
    pub async fn find(&self, account: AccountId, id: AppId) -> Result<Option<Client>, Fault> {
        let app: Option<StoredApp> = self.0.get(&app_key(id)).await?;
        Ok(app.map(|StoredApp(app)| app).filter(|app| belongs_to(app, account)))
    }

    /// Returns clients by their ids, of any owner; those that do not exist, or that this version cannot read, are left
    /// out.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be read.
    pub async fn find_all<'c>(&self, ids: impl IntoIterator<Item = &'c ClientId>) -> Result<Vec<Client>, Fault> {
        let keys: Vec<ItemKey> = ids.into_iter().map(client_key).collect();
        let mut found = Vec::new();
        for keys in keys.chunks(Batch::MOST) {
            let wanted: Vec<(&Table, ItemKey)> = keys.iter().map(|key| (&self.0, key.clone())).collect();
            let batch = Batch::read(&self.0.client, &wanted).await?;
            found.extend(batch.list(&self.0, keys).into_iter().map(|StoredApp(app)| app));
        }
        Ok(found)
    }

    /// Stores what a document describes, by one write, and returns the client as it is now.
    ///
    /// Repeated, it sets the same again; raced, the last one wins, and either was fetched just now. A known client
    /// keeps its age and its expiry.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written.
    #[boxed]
    pub async fn store_document(
        &self,
        url: &DocumentUrl,
        metadata: &ClientMetadata,
        fresh_until: Timestamp,
        is_known: bool,
        now: Timestamp,
    ) -> Result<Client, Fault> {
        let client_id = ClientId::Document(url.clone());
        let key = client_key(&client_id);
        let ends_at = now.after(Client::UNUSED_DOCUMENT);
        let write = Write::to(&self.0, key.clone())
            .set("client_id", &client_id)
            .set("metadata", metadata)
            .set("fresh_until", fresh_until)
            .set_once("secrets_version", WriteId::generate(now));
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

    /// Extends the life of an unowned client because it is used, by one write. Repeated or raced, the longest life
    /// stays.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written.
    #[boxed]
    pub async fn prolong(&self, client: &ClientId, until: Timestamp) -> Result<(), Fault> {
        let write = Write::to(&self.0, client_key(client)).set("expires_at", until);
        write.if_at_most("expires_at", until).if_absent("revoked_at").update().await.map(|_: Written| ())
    }

    /// Deletes a registration token that was used on another client: from now on it belongs to no client. Returns the
    /// client that lost it, if there was one. Repeated, there is nothing left to delete.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written.
    #[boxed]
    pub async fn void_registration_token(&self, token: &RegistrationToken) -> Result<Option<Client>, Fault> {
        let key = app_key(token.app_id());
        let write = Write::to(&self.0, key.clone()).remove("registration_token");
        match write.if_equal("registration_token", token.hash()).update().await? {
            Written::Done(item) => self.read(&key, item).map(Some),
            Written::Refused(_) => Ok(None),
        }
    }

    /// Lists an account's apps after `after`, oldest first: up to `limit` of them, and where the list continues.
    ///
    /// A page costs one query and one batch read, and again as many for each page full of apps that are left out.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be read.
    #[boxed]
    pub async fn list(
        &self,
        account: AccountId,
        after: Option<AppId>,
        limit: usize,
        include_revoked: bool,
    ) -> Result<(Vec<Client>, Option<AppId>), Fault> {
        let mut apps = Vec::new();
        let mut position = after;
        loop {
            let (page, next) = self.page(account, position, limit - apps.len()).await?;
            position = next;
            apps.extend(page.into_iter().filter(|app| include_revoked || app.revoked_at.is_none()));
            if position.is_none() {
                return Ok((apps, None));
            }
            if apps.len() == limit {
                return Ok((apps, position));
            }
        }
    }

    /// Counts the apps of an account that are not revoked, because a revocation does not change the count: the list, and
    /// one write.
    ///
    /// Repeated, it counts again. Raced with a creation or another count, it is done only if nothing changed the count
    /// since it was read before the list; so there are never more apps than the count says.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be read or written.
    #[boxed]
    pub async fn recount(&self, account: AccountId) -> Result<(), Fault> {
        let key = count_key(account);
        let before: Option<AppCount> = self.0.get(&key).await?;
        let (mut live, mut position) = (0_usize, None);
        loop {
            let (page, next) = self.page(account, position, AT_ONCE).await?;
            live += page.iter().filter(|app| app.revoked_at.is_none()).count();
            position = next;
            if position.is_none() {
                break;
            }
        }
        let write = Write::to(&self.0, key).set("apps", live).add("version", 1);
        let version = before.and_then(|AppCount { version }| version);
        write.if_is("version", version.as_ref()).update().await.map(|_: Written| ())
    }

    async fn page(
        &self,
        account: AccountId,
        after: Option<AppId>,
        limit: usize,
    ) -> Result<(Vec<Client>, Option<AppId>), Fault> {
        let query = Query {
            exclusive_start_key: after.map(|id| list_key(account, id).attributes()).transpose()?,
            limit: Some(limit),
            ..self.0.with_prefix(&format!("account#{account}"), LISTED)?
        };
        let page = self.0.page::<ListEntry>(&query).await?;
        let clients: Vec<_> = page.items.iter().map(|entry| ClientId::Registered(entry.app_id)).collect();
        let next = page.next.as_ref().and_then(ItemKey::of).as_ref().and_then(listed_id);
        Ok((self.find_all(&clients).await?, next))
    }

    /// Changes what `change` names and nothing else, by one write.
    ///
    /// Repeated, it sets the same again, and the version increases once more; raced, the last one wins for each field
    /// that both name.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written.
    #[boxed]
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

    /// Disables or enables an app, by one write.
    ///
    /// Repeated, it changes only the version, and keeps the time of the first; raced, the last one wins.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written.
    #[boxed]
    pub async fn switch(&self, account: AccountId, id: AppId, switch: AppSwitch) -> Result<AppChanged, Fault> {
        let write = Write::to(&self.0, app_key(id)).add("version", 1);
        let write = match switch {
            AppSwitch::Off(now) => write.set_once("disabled_at", now),
            AppSwitch::On(authenticators) => write.remove("disabled_at").set("authenticators", authenticators),
        };
        self.change_own(account, id, write).await
    }

    /// Deletes the registration access token of an account's app, by one write. Repeated or raced, there is none left.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written.
    #[boxed]
    pub async fn end_registration_token(&self, account: AccountId, id: AppId) -> Result<AppChanged, Fault> {
        self.change_own(account, id, Write::to(&self.0, app_key(id)).remove("registration_token")).await
    }

    /// Revokes every token of an app, its registration access token among them, by one write, however many there are.
    ///
    /// Repeated or raced, it also revokes the tokens that were issued in between, which was before the caller had a
    /// response.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written.
    #[boxed]
    pub async fn revoke_tokens(&self, account: AccountId, id: AppId) -> Result<AppChanged, Fault> {
        let write = Write::to(&self.0, app_key(id)).add("token_epoch", 1).remove("registration_token");
        self.change_own(account, id, write).await
    }

    /// Changes an app of the account, unless it was revoked.
    async fn change_own(&self, account: AccountId, id: AppId, write: Write<'_>) -> Result<AppChanged, Fault> {
        match write.if_equal("account_id", account).if_absent("revoked_at").update().await? {
            Written::Done(item) => Ok(AppChanged::Done(Box::new(self.read(&app_key(id), item)?))),
            Written::Refused(item) => self.refusal(account, id, item),
        }
    }

    /// Revokes an app permanently, by one write. Repeated or raced, it keeps the time of the first.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written.
    #[boxed]
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

    pub(super) fn read(&self, key: &ItemKey, item: Item) -> Result<Client, Fault> {
        self.0.read(key, &item).map(|StoredApp(app)| app)
    }
}
