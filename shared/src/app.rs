//! What a process builds once and every request shares.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_recursion::async_recursion as boxed;

use crate::aws::transport::Transport;
use crate::clock::Clock;
use crate::config::Config;
use crate::domain::client::Client;
use crate::domain::client::id::ClientId;
use crate::domain::password::Passwords;
use crate::domain::user::UserId;
use crate::fault::Fault;
use crate::fetch::FetchDocument;
use crate::fetch::breached_passwords::BreachedPasswords;
use crate::fetch::documents::Documents;
use crate::keys::KeyRing;
use crate::keys::secrets_manager::SecretsManager;
use crate::store::{Load, Loaded, Stores};
use crate::upstream::openid::Upstream;

/// A function's configuration, stores, keys and clock.
pub struct App {
    /// The operator's configuration.
    pub config: Config,
    /// The time.
    pub clock: Clock,
    /// The tables.
    pub stores: Stores,
    /// The keys.
    pub keys: KeyRing,
    /// Password hashing.
    pub passwords: Passwords,
    /// Secrets Manager, for the function that creates keys.
    pub secrets: SecretsManager,
    /// The creator of each app.
    pub creators: Creators,
    /// Documents of clients.
    pub documents: Documents,
    /// The passwords that new ones must not be, if the operator has a list of them.
    pub breached_passwords: Option<BreachedPasswords>,
    /// The providers that users may also sign in with, in the order of their buttons.
    pub upstreams: Vec<Upstream>,
}

impl App {
    /// Builds everything; nothing is sent yet.
    pub fn new(config: Config, clock: Clock, transport: Arc<dyn Transport>, fetcher: Arc<dyn FetchDocument>) -> Self {
        let secrets = SecretsManager::new(&config.aws, Arc::clone(&transport));
        Self {
            stores: Stores::new(&config.aws, &config.tables, config.retention, transport),
            keys: KeyRing::new(&config, secrets.clone(), clock.clone()),
            passwords: Passwords::default(),
            secrets,
            creators: Creators::default(),
            breached_passwords: config
                .breached_passwords_url
                .clone()
                .map(|url| BreachedPasswords::new(url, Arc::clone(&fetcher))),
            documents: Documents::new(fetcher),
            upstreams: config.upstreams.iter().cloned().map(Upstream::new).collect(),
            config,
            clock,
        }
    }
}

impl App {
    /// The provider with this configured issuer.
    pub fn upstream(&self, issuer: &str) -> Option<&Upstream> {
        self.upstreams.iter().find(|upstream| upstream.provider.issuer.as_str() == issuer)
    }

    /// Reads what a decision depends on: one batch read; a process that sees a client for the first time needs a second
    /// one, for its creator and what they consented to.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be read.
    #[boxed]
    pub async fn load(&self, load: Load) -> Result<Loaded, Fault> {
        let known = load.client.as_ref().and_then(|client| self.creators.recall(client));
        let creator = load.creator.or(known.as_ref().map(|known| known.user_id));
        let maker = known.and_then(|known| known.maker);
        let mut loaded = self.stores.load(&Load { creator, maker: maker.clone(), ..load }).await?;
        if let Some((client, found)) = loaded.client.as_ref().and_then(|app| Some((&app.client_id, Creator::of(app)?)))
            && (creator != Some(found.user_id) || maker != found.maker)
        {
            self.creators.remember(client, found.clone());
            let load = Load { creator: Some(found.user_id), maker: found.maker, ..Load::default() };
            let missing = self.stores.load(&load).await?;
            (loaded.creator, loaded.maker_consent) = (missing.creator, missing.maker_consent);
        }
        loaded.client = loaded.client.map(|client| self.in_its_standing(client));
        Ok(loaded)
    }

    /// The client with what the operator of this server thinks of it now.
    pub fn in_its_standing(&self, client: Client) -> Client {
        let is_first_party = self.config.first_party_clients.contains(&client.client_id);
        client.with_standing(is_first_party)
    }
}

/// Who created an app.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Creator {
    user_id: UserId,
    /// The app that created it for the user who consented to that.
    maker: Option<ClientId>,
}

impl Creator {
    fn of(app: &Client) -> Option<Self> {
        let maker = app.made_by.as_ref().filter(|maker| maker.consent_id.is_some());
        Some(Self { user_id: app.owner?.created_by, maker: maker.map(|maker| maker.client_id.clone()) })
    }
}

/// Remembers the creator of each app, so that the next request reads both in one batch.
///
/// It is never wrong, because an app's creator never changes, and never trusted: it only says what to read.
#[derive(Default)]
pub struct Creators(Mutex<HashMap<ClientId, Creator>>);

impl Creators {
    const MOST: usize = 1_000;

    /// Returns the app's creator, if it is remembered.
    fn recall(&self, client: &ClientId) -> Option<Creator> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(client).cloned()
    }

    /// Remembers the app's creator.
    fn remember(&self, client: &ClientId, creator: Creator) {
        let mut creators = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if creators.len() >= Self::MOST {
            creators.clear();
        }
        creators.insert(client.clone(), creator);
    }
}
