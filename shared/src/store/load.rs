//! The items that a decision depends on, all read in one consistent call.

use async_recursion::async_recursion as boxed;

use super::apps::{StoredApp, client_key};
use super::authorization_items::{StoredCode, StoredConsent, StoredDevice, StoredPushed};
use super::authorizations::{code_key, consent_key, device_key, pushed_key, revoked_token_key};
use super::batch::Batch;
use super::event_items::{StoredEvent, earlier_event_key, event_key};
use super::mailed_links::{StoredLink, link_key};
use super::sessions::{StoredSession, key_session_key, session_key};
use super::stores::Stores;
use super::table::{ItemKey, Table};
use super::user_keys::{StoredKey, user_key_item_key};
use super::users::{StoredUser, user_key};
use super::webhooks::{AppWebhooks, WebhooksItem, webhooks_key};
use crate::domain::authorization::code::AuthorizationCode;
use crate::domain::authorization::consent::{Consent, Grant};
use crate::domain::authorization::device::{DeviceAuthorization, UserCode};
use crate::domain::authorization::pushed::PushedRequest;
use crate::domain::client::Client;
use crate::domain::client::id::ClientId;
use crate::domain::crypto::secret::SecretHash;
use crate::domain::email_link::{LinkPurpose, MailedLink};
use crate::domain::event::{PlacedEvent, Sequence};
use crate::domain::session::Session;
use crate::domain::session::id::SessionId;
use crate::domain::types::id::TokenId;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::account::AccountId;
use crate::domain::user::{User, UserId};
use crate::domain::user_key::{KeyId, UserKey};
use crate::domain::webhook::Webhook;
use crate::fault::Fault;

/// What to read.
#[derive(Clone, Debug, Default)]
pub struct Load {
    /// This client.
    pub client: Option<ClientId>,
    /// The user who is believed to have created it.
    pub creator: Option<UserId>,
    /// The app that is believed to have made the client for its creator; their consent to it is read.
    pub maker: Option<ClientId>,
    /// This user; session, consent and code are theirs.
    pub user: Option<UserId>,
    /// This session: one of the key, if there is one.
    pub session: Option<SessionId>,
    /// This user key of the user.
    pub key: Option<KeyId>,
    /// Whether to read their consent to the client.
    pub consent: bool,
    /// The code with this hash.
    pub code: Option<SecretHash>,
    /// The device authorization with this user code.
    pub device: Option<UserCode>,
    /// The pushed request with this hash.
    pub pushed: Option<SecretHash>,
    /// Whether to read if this access token was revoked.
    pub token: Option<TokenId>,
    /// The link that was mailed to the user, for this purpose and with this hash.
    pub link: Option<(LinkPurpose, SecretHash)>,
    /// Whether to read the client's webhooks.
    pub webhooks: bool,
    /// The event of this account with this number.
    pub event: Option<(AccountId, Sequence)>,
}

/// The loaded items.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The client.
    pub client: Option<Client>,
    /// Its creator, if the id that was given is the creator's.
    pub creator: Option<User>,
    /// The creator's consent to the app that made the client.
    pub maker_consent: Option<Consent>,
    /// The user.
    pub user: Option<User>,
    /// The session.
    pub session: Option<Session>,
    /// The user key.
    pub key: Option<UserKey>,
    /// Their consent to the client.
    pub consent: Option<Consent>,
    /// The code.
    pub code: Option<AuthorizationCode>,
    /// The device authorization.
    pub device: Option<DeviceAuthorization>,
    /// The pushed request.
    pub pushed: Option<PushedRequest>,
    /// Whether the access token was revoked.
    pub is_token_revoked: bool,
    /// The link.
    pub link: Option<MailedLink>,
    /// The client's webhooks.
    pub webhooks: Vec<Webhook>,
    /// The event.
    pub event: Option<PlacedEvent>,
}

impl Loaded {
    /// Returns the client, if it is live, its creator, if it has one, backs it, and the consent by which it was made, if
    /// it was, is valid.
    pub fn live_client(&self, now: Timestamp) -> Option<&Client> {
        let creator = self.creator.as_ref();
        let may_act =
            |app: &&Client| app.owner.is_none_or(|owner| creator.is_some_and(|user| owner.is_backed_by(user)));
        let is_consented = |app: &&Client| self.maker_is_consented(app);
        self.client.as_ref().filter(|app| app.is_live(now)).filter(may_act).filter(is_consented)
    }

    /// What an app made for a user falls with their consent to it.
    fn maker_is_consented(&self, app: &Client) -> bool {
        let Some(consent_id) = app.made_by.as_ref().and_then(|maker| maker.consent_id) else { return true };
        let pair = self.maker_consent.as_ref().zip(self.creator.as_ref());
        pair.is_some_and(|(consent, creator)| consent.id == consent_id && consent.is_valid_for(creator))
    }

    /// Returns the session and its user, if the session's tokens are valid: the user key that began it, if one did,
    /// must exist and be valid.
    pub fn live_session(&self, now: Timestamp) -> Option<(&Session, &User)> {
        let pair = self.session.as_ref().zip(self.user.as_ref());
        pair.filter(|(session, user)| session.is_live(user, now) && self.has_key_of(session, user))
    }

    fn has_key_of(&self, session: &Session, user: &User) -> bool {
        let is_there = |id| self.key.as_ref().is_some_and(|key| key.id == id && key.is_valid_for(user));
        session.kind.key().is_none_or(is_there)
    }

    /// Returns whether a grant is still valid: its consent was not withdrawn, nor the app's tokens revoked since.
    pub fn grant_is_valid(&self, grant: &Grant) -> bool {
        let consent = self.consent.as_ref().filter(|consent| consent.id == grant.consent_id);
        let is_consented = consent.zip(self.user.as_ref()).is_some_and(|(consent, user)| consent.is_valid_for(user));
        is_consented && self.client.as_ref().is_some_and(|app| app.token_epoch == grant.token_epoch)
    }
}

impl Stores {
    /// Reads the items, as they all are now, in one call.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be read.
    #[boxed]
    pub async fn load(&self, load: &Load) -> Result<Loaded, Fault> {
        let (apps, users) = (&self.apps.0, &self.users.0);
        let (sessions, authorizations) = (&self.sessions.0, &self.authorizations.0);
        let (webhooks, events) = (self.webhooks.table(), &self.events.table);
        let app = load.client.as_ref().map(client_key);
        let creator = load.creator.map(user_key);
        let user = load.user.map(user_key);
        let key = load.user.zip(load.key).map(|(user, key)| user_key_item_key(user, key));
        let session = load.user.zip(load.session).map(|(user, session)| match load.key {
            Some(key) => key_session_key(user, key, session),
            None => session_key(user, session),
        });
        let consent = load.user.zip(load.client.as_ref()).filter(|_| load.consent);
        let consent = consent.map(|(user, client)| consent_key(user, client));
        let maker = load.creator.zip(load.maker.as_ref()).map(|(creator, maker)| consent_key(creator, maker));
        let code = load.user.zip(load.code.as_ref()).map(|(user, hash)| code_key(user, hash));
        let device = load.device.map(device_key);
        let pushed = load.pushed.as_ref().map(pushed_key);
        let token = load.token.map(revoked_token_key);
        let link = load.user.zip(load.link.as_ref()).map(|(user, (purpose, hash))| link_key(user, *purpose, hash));
        let of_app = load.client.as_ref().filter(|_| load.webhooks).and_then(ClientId::app_id).map(webhooks_key);
        let event = load.event.map(|(account, sequence)| event_key(account, sequence));
        let earlier_event = load.event.map(|(account, sequence)| earlier_event_key(account, sequence));
        let places = [
            (apps, &app),
            (users, &creator),
            (users, &user),
            (users, &key),
            (sessions, &session),
            (authorizations, &consent),
            (authorizations, &maker),
            (authorizations, &code),
            (authorizations, &device),
            (authorizations, &pushed),
            (authorizations, &token),
            (authorizations, &link),
            (webhooks, &of_app),
            (events, &event),
            (events, &earlier_event),
        ];
        let keys: Vec<(&Table, ItemKey)> =
            places.into_iter().filter_map(|(table, key)| Some((table, key.clone()?))).collect();
        if keys.is_empty() {
            return Ok(Loaded::default());
        }
        let batch = Batch::read(&self.client, &keys).await?;
        let stored_user = |key: &Option<ItemKey>| batch.find::<StoredUser>(users, key.as_ref());
        Ok(Loaded {
            client: batch.find(apps, app.as_ref())?.map(|StoredApp(app)| app),
            creator: stored_user(&creator)?.map(|StoredUser(user)| user),
            user: stored_user(&user)?.map(|StoredUser(user)| user),
            key: batch.find(users, key.as_ref())?.map(|StoredKey(key)| key),
            session: batch.find(sessions, session.as_ref())?.map(|StoredSession(session)| session),
            consent: batch.find(authorizations, consent.as_ref())?.map(|StoredConsent(consent)| consent),
            maker_consent: batch.find(authorizations, maker.as_ref())?.map(|StoredConsent(consent)| consent),
            code: batch.find(authorizations, code.as_ref())?.map(|StoredCode(code)| code),
            device: batch.find(authorizations, device.as_ref())?.map(|StoredDevice(device)| device),
            pushed: batch.find(authorizations, pushed.as_ref())?.map(|StoredPushed(pushed)| pushed),
            is_token_revoked: batch.has(authorizations, token.as_ref()),
            link: batch.find(authorizations, link.as_ref())?.map(|StoredLink(link)| link),
            webhooks: batch
                .find::<WebhooksItem>(webhooks, of_app.as_ref())?
                .map(AppWebhooks::from)
                .unwrap_or_default()
                .webhooks,
            event: batch
                .find::<StoredEvent>(events, event.as_ref())?
                .or(batch.find(events, earlier_event.as_ref())?)
                .map(PlacedEvent::from),
        })
    }
}
