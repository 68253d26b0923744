//! `Apps`: OAuth apps by client, and each account's list of them.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};

use super::batch::Batch;
use super::table::{Item, ItemKey, Table, unavailable};
use super::transaction::{Transacted, transact};
use super::write::{Write, Written};
use crate::account::AccountId;
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::id::AttemptId;
use crate::oauth::client_auth::ClientAuthMethod;
use crate::oauth::grant_type::GrantType;
use crate::oauth::redirect_uri::RedirectUri;
use crate::oauth::scope::ScopeSet;
use crate::oauth_app::{AppChange, AppId, OauthApp, StoredSecret};
use crate::text::DisplayName;
use crate::token::signing_keys::SigningAlgorithm;
use crate::user::UserId;

/// The table `Apps`.
pub struct Apps(pub(super) Table);

/// The form of an app in the table.
#[derive(Serialize, Deserialize)]
#[serde(remote = "OauthApp")]
struct AppItem {
    id: AppId,
    account_id: AccountId,
    created_by: UserId,
    name: DisplayName,
    #[serde(default)]
    redirect_uris: Vec<RedirectUri>,
    #[serde(default)]
    post_logout_redirect_uris: Vec<RedirectUri>,
    #[serde(default)]
    id_token_signed_response_alg: SigningAlgorithm,
    #[serde(default)]
    scopes: ScopeSet,
    grant_types: Vec<GrantType>,
    token_endpoint_auth_method: ClientAuthMethod,
    #[serde(default)]
    secrets: Vec<StoredSecret>,
    secrets_version: AttemptId,
    created_at: Timestamp,
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

pub(super) fn app_key(id: AppId) -> ItemKey {
    ItemKey::new(format!("app#{id}"), "app")
}

fn list_key(account: AccountId, id: AppId) -> ItemKey {
    ItemKey::new(format!("account#{account}"), format!("app#{id}"))
}

impl Apps {
    /// Finds an app of an account; another account's is not there.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be read.
    pub async fn find(&self, account: AccountId, id: AppId) -> Result<Option<OauthApp>, Fault> {
        let app: Option<StoredApp> = self.0.get(&app_key(id)).await?;
        Ok(app.map(|StoredApp(app)| app).filter(|app| app.account_id == account))
    }

    /// Finds apps by their ids, wherever they belong; those that are not there are left out.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be read.
    pub async fn find_all(&self, ids: impl IntoIterator<Item = AppId>) -> Result<Vec<OauthApp>, Fault> {
        let keys: Vec<ItemKey> = ids.into_iter().map(app_key).collect();
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

    /// Creates an app and its entry in the account's list, in one transaction.
    ///
    /// Repeated, the transaction knows itself by its token; its id is new, so nothing can race it.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written.
    pub async fn create(&self, app: &OauthApp) -> Result<(), Fault> {
        let items = vec![
            Write::to(&self.0, app_key(app.id)).if_new().into_put(&StoredApp(app.clone()))?,
            Write::to(&self.0, list_key(app.account_id, app.id)).if_new().into_put(&ListEntry { app_id: app.id })?,
        ];
        match transact(&self.0.client, app.secrets_version, items).await? {
            Transacted::Done => Ok(()),
            Transacted::Refused { .. } => Err(Fault::broken("a new app's id is taken")),
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
            position = page.last().map(|app| app.id);
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
        let ids = entries.iter().filter_map(|entry| AppId::parse(ItemKey::of(entry)?.sk.strip_prefix("app#")?));
        Ok((self.find_all(ids).await?, more))
    }

    /// Changes what `change` names and nothing else, by one write.
    ///
    /// Repeated, it sets the same again; raced, the last one wins for each field that both name.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written.
    pub async fn update(&self, account: AccountId, id: AppId, change: &AppChange) -> Result<AppChanged, Fault> {
        let write = Write::to(&self.0, app_key(id))
            // Without anything to set, DynamoDB would refuse the expression.
            .set("account_id", account)
            .set_some("name", change.name.as_ref())
            .set_some("redirect_uris", change.redirect_uris.as_ref())
            .set_some("post_logout_redirect_uris", change.post_logout_redirect_uris.as_ref())
            .set_some("id_token_signed_response_alg", change.id_token_signed_response_alg.as_ref())
            .set_some("scopes", change.scopes.as_ref())
            .if_equal("account_id", account)
            .if_absent("revoked_at");
        match write.update().await? {
            Written::Done(item) => Ok(AppChanged::Done(Box::new(self.read(id, item)?))),
            Written::Refused(item) => self.refusal(account, id, item),
        }
    }

    /// Replaces an app's secrets, unless they or the app changed since it was read, by one write.
    ///
    /// Repeated, it finds its own attempt; raced, exactly one wins.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written.
    pub async fn rotate_secrets(
        &self,
        app: &OauthApp,
        secrets: &[StoredSecret],
        now: Timestamp,
    ) -> Result<SecretsRotated, Fault> {
        let attempt = super::attempt(now);
        let write = Write::to(&self.0, app_key(app.id))
            .set("secrets", secrets)
            .set("secrets_version", attempt)
            .if_equal("secrets_version", app.secrets_version)
            .if_absent("revoked_at");
        let item = match write.update().await? {
            Written::Done(item) => Some(item),
            Written::Refused(item) => item,
        };
        let now = item.map(|item| self.read(app.id, item)).transpose()?;
        Ok(match now.filter(|now| now.secrets_version == attempt) {
            Some(now) => SecretsRotated::Done(Box::new(now)),
            None => SecretsRotated::Raced,
        })
    }

    /// Ends an app for good, by one write. Repeated or raced, it keeps the time of the first.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written.
    pub async fn revoke(&self, account: AccountId, id: AppId, now: Timestamp) -> Result<AppChanged, Fault> {
        let write = Write::to(&self.0, app_key(id)).set_once("revoked_at", now).if_equal("account_id", account);
        match write.update().await? {
            Written::Done(item) => Ok(AppChanged::Done(Box::new(self.read(id, item)?))),
            Written::Refused(item) => self.refusal(account, id, item),
        }
    }

    fn refusal(&self, account: AccountId, id: AppId, item: Option<Item>) -> Result<AppChanged, Fault> {
        let app = item.map(|item| self.read(id, item)).transpose()?;
        Ok(match app.filter(|app| app.account_id == account) {
            Some(_) => AppChanged::Revoked,
            None => AppChanged::NotFound,
        })
    }

    fn read(&self, id: AppId, item: Item) -> Result<OauthApp, Fault> {
        self.0.read(&app_key(id), item).map(|StoredApp(app)| app)
    }
}
