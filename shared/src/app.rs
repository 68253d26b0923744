//! What a process builds once and every request shares.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use aws_sdk_dynamodb::config::SharedHttpClient;

use crate::clock::Clock;
use crate::config::Config;
use crate::fault::Fault;
use crate::keyring::KeyRing;
use crate::oauth_app::AppId;
use crate::password::Passwords;
use crate::secrets_manager::SecretsManager;
use crate::store::{Facts, Stores, Wanted};
use crate::user::UserId;

/// A function's configuration, stores, keys and clock.
pub struct App {
    /// What the operator set.
    pub config: Config,
    /// The time.
    pub clock: Clock,
    /// The tables.
    pub stores: Stores,
    /// The keys.
    pub keys: KeyRing,
    /// Password hashing.
    pub passwords: Passwords,
    /// Secrets Manager, for the function that makes keys.
    pub secrets: SecretsManager,
    /// Who made which app.
    pub creators: Creators,
}

impl App {
    /// Builds everything; nothing is sent yet.
    pub fn new(config: Config, clock: Clock, http: SharedHttpClient) -> Self {
        Self {
            stores: Stores::new(&config.aws, &config.tables, http.clone()),
            keys: KeyRing::new(&config, SecretsManager::new(&config.aws, http.clone()), clock.clone()),
            passwords: Passwords::default(),
            secrets: SecretsManager::new(&config.aws, http),
            creators: Creators::default(),
            config,
            clock,
        }
    }
}

impl App {
    /// Reads what a decision rests on: one batch read; only a process that meets a client for the first time needs a
    /// second one, for its creator.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be read.
    pub async fn facts(&self, wanted: Wanted) -> Result<Facts, Fault> {
        let client = wanted.client;
        let creator = wanted.creator.or_else(|| self.creators.recall(client?.app_id()));
        let mut facts = self.stores.facts(&Wanted { creator, ..wanted }).await?;
        if let Some(app) = &facts.app
            && creator != Some(app.created_by)
        {
            self.creators.remember(app.id, app.created_by);
            let wanted = Wanted { creator: Some(app.created_by), ..Wanted::default() };
            facts.creator = self.stores.facts(&wanted).await?.creator;
        }
        Ok(facts)
    }
}

/// Remembers who made which app, so that the next request reads both in one batch.
///
/// It is never wrong, because an app's creator never changes, and never trusted: it only says what to read.
#[derive(Default)]
pub struct Creators(Mutex<HashMap<AppId, UserId>>);

impl Creators {
    const MOST: usize = 1_000;

    /// Who made the app, if that is remembered.
    pub fn recall(&self, app: AppId) -> Option<UserId> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&app).copied()
    }

    /// Remembers who made the app.
    pub fn remember(&self, app: AppId, creator: UserId) {
        let mut creators = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if creators.len() >= Self::MOST {
            creators.clear();
        }
        creators.insert(app, creator);
    }
}
