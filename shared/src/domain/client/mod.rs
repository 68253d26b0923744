//! OAuth clients: apps of an account, dynamically registered clients, and clients with a metadata document.

pub mod assertion;
pub mod document;
pub mod id;
pub mod keys;
pub mod logo;
pub mod maker;
pub mod metadata;
pub mod registration_token;
pub mod secret;
pub mod settings;
pub mod standing;
pub mod template;
pub mod version;

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::client::id::{AppId, ClientId};
use crate::domain::client::keys::ClientKeys;
use crate::domain::client::maker::Maker;
use crate::domain::client::metadata::ClientMetadata;
use crate::domain::client::registration_token::RegistrationToken;
use crate::domain::client::secret::{ClientSecret, StoredSecret};
use crate::domain::client::standing::{Review, Standing};
use crate::domain::client::version::{AppIdentity, AppVersion, TokenEpoch};
use crate::domain::crypto::secret::{Secret, SecretHash};
use crate::domain::crypto::signing_algorithm::SigningAlgorithm;
use crate::domain::event::EventType;
use crate::domain::oauth::client_auth::ClientAuthMethod;
use crate::domain::oauth::grant_type::GrantType;
use crate::domain::oauth::redirect_uri::RedirectUri;
use crate::domain::oauth::scope::{ScopeCatalogue, ScopeSet};
use crate::domain::types::display_name::DisplayName;
use crate::domain::types::id::WriteId;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::account::AccountId;
use crate::domain::user::generation::AuthenticatorGeneration;
use crate::domain::user::{Epoch, User, UserId};

/// The owner of an app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// The account whose data its own tokens can access.
    pub account_id: AccountId,
    /// The user who created it; the app requires that this user is enabled.
    pub created_by: UserId,
    /// The generation of that user's authenticators when the app was created or last enabled.
    #[serde(default, skip_serializing_if = "AuthenticatorGeneration::is_first")]
    pub authenticators: AuthenticatorGeneration,
}

impl Owner {
    /// The account of this user, who creates an app now.
    pub const fn of(user: &User) -> Self {
        Self { account_id: user.account_id, created_by: user.id, authenticators: user.authenticators }
    }

    /// Returns whether the app works by this user: they created it, are enabled, and did so since the generation from
    /// which on their apps work.
    pub fn is_backed_by(&self, user: &User) -> bool {
        self.created_by == user.id && user.is_enabled() && !self.is_held_by(user)
    }

    /// Returns whether the app waits for this user to keep or delete it: it was made in their name before their
    /// address was verified.
    pub fn is_held_by(&self, user: &User) -> bool {
        self.created_by == user.id && self.authenticators < user.apps_from
    }
}

/// A client.
#[derive(Clone, Debug)]
pub struct Client {
    /// Its id in OAuth.
    pub client_id: ClientId,
    /// Its owner; `None` for an unowned client, which registered dynamically or has a document. An unowned client gets no
    /// tokens on its own behalf.
    pub owner: Option<Owner>,
    /// The app that made it, if an app did.
    pub made_by: Option<Maker>,
    /// Its metadata.
    pub metadata: ClientMetadata,
    /// The types of events to which its account subscribed it.
    pub event_subscriptions: Vec<EventType>,
    /// Increases whenever `metadata` or `event_subscriptions` change, or it is disabled or enabled.
    pub version: AppVersion,
    /// Its token epoch; tokens of an earlier one are revoked.
    pub token_epoch: TokenEpoch,
    /// Its secrets, newest first; a second one only during a rotation.
    pub secrets: Vec<StoredSecret>,
    /// Identifies the write that set `secrets`.
    pub secrets_version: WriteId,
    /// The hash of its registration access token, if it has one (RFC 7592).
    pub registration_token: Option<SecretHash>,
    /// The owner's epoch when that token was issued: what ends their sessions ends the token, too.
    pub registration_epoch: Epoch,
    /// When it was created.
    pub created_at: Timestamp,
    /// Until when its cached document is fresh.
    pub fresh_until: Option<Timestamp>,
    /// When it is deleted unless it is used; `None` for an app of an account.
    pub expires_at: Option<Timestamp>,
    /// When it was disabled, if so.
    pub disabled_at: Option<Timestamp>,
    /// When it was revoked permanently, if so.
    pub revoked_at: Option<Timestamp>,
    /// An operator's last decision on it, if there is one.
    pub review: Option<Review>,
    /// What the operator of this server thinks of it now: it follows from `review` and the configuration.
    pub standing: Standing,
}

impl Client {
    /// How long a client that registered dynamically is stored from its registration, and from its last use.
    pub const UNUSED: Duration = Duration::from_secs(30 * 86_400);
    /// By how much the stored life may be shorter than that, so that a client in use costs one write a day at most.
    const USE_IS_NOTED_EVERY: Duration = Duration::from_secs(86_400);
    /// How long the client of a document is stored until a user consents to it: it can be fetched again.
    pub const UNUSED_DOCUMENT: Duration = Duration::from_secs(86_400);
    /// How long an unowned client is stored once a user consented to it, from the last use of the consent.
    pub const KEPT: Duration = Duration::from_secs(180 * 86_400);

    /// A new app of an account.
    pub fn of_account(owner: Owner, metadata: ClientMetadata, now: Timestamp) -> Self {
        Self { owner: Some(owner), expires_at: None, ..Self::self_registered(metadata, now) }
    }

    /// A new client that registers dynamically.
    pub fn self_registered(metadata: ClientMetadata, now: Timestamp) -> Self {
        Self {
            client_id: ClientId::Registered(AppId::generate(now)),
            owner: None,
            made_by: None,
            metadata,
            event_subscriptions: Vec::new(),
            version: AppVersion::default(),
            token_epoch: TokenEpoch::default(),
            secrets: Vec::new(),
            secrets_version: WriteId::generate(now),
            registration_token: None,
            registration_epoch: Epoch::FIRST,
            created_at: now,
            fresh_until: None,
            expires_at: Some(now.after(Self::UNUSED)),
            disabled_at: None,
            revoked_at: None,
            review: None,
            standing: Standing::Unreviewed,
        }
    }

    /// Generates a secret if the authentication method needs one and there is none, and deletes it if none is needed.
    pub fn ensure_secret(&mut self, now: Timestamp) -> Option<ClientSecret> {
        if !self.metadata.token_endpoint_auth_method.needs_secret() {
            self.secrets.clear();
            return None;
        }
        if !self.secrets.is_empty() {
            return None;
        }
        let secret = ClientSecret::generate();
        self.secrets = vec![secret.stored(now)];
        Some(secret)
    }

    /// Generates a registration access token, which replaces an earlier one; `user` is the owner.
    pub fn renew_registration_token(&mut self, user: Option<&User>) -> Option<RegistrationToken> {
        let token = RegistrationToken::generate(self.client_id.app_id()?);
        self.registration_token = Some(token.hash());
        self.registration_epoch = user.map_or(Epoch::FIRST, |user| user.epoch);
        Some(token)
    }

    /// Returns whether this is its valid registration access token; `creator` is the user who created it, if one did.
    pub fn accepts_registration_token(&self, token: &RegistrationToken, creator: Option<&User>) -> bool {
        let is_current = self.owner.is_none() || creator.is_some_and(|user| self.has_valid_registration_token(user));
        is_current && self.registration_token.as_ref().is_some_and(|stored| token.is_proven_by(stored))
    }

    /// Returns whether this app has a registration access token that its creator did not end with their sessions.
    pub fn has_valid_registration_token(&self, creator: &User) -> bool {
        self.registration_token.is_some() && creator.epoch == self.registration_epoch
    }

    /// Returns whether the client itself is valid: neither disabled, revoked nor expired.
    pub fn is_live(&self, now: Timestamp) -> bool {
        let is_enabled = self.disabled_at.is_none() && self.revoked_at.is_none();
        is_enabled && self.expires_at.is_none_or(|expires_at| now < expires_at)
    }

    /// Returns whether it was deleted or has expired, for good.
    pub fn is_gone(&self, now: Timestamp) -> bool {
        self.revoked_at.is_some() || self.expires_at.is_some_and(|expires_at| expires_at <= now)
    }

    /// Returns its new expiry after a use without a user, if that is much later than the current one. The client of a
    /// document is not stored for longer by it.
    pub fn life_after_use(&self, now: Timestamp) -> Option<Timestamp> {
        let is_soon = |end: &Timestamp| end.after(Self::USE_IS_NOTED_EVERY) <= now.after(Self::UNUSED);
        let until = self.client_id.app_id().and(self.expires_at).filter(is_soon);
        until.map(|_| now.after(Self::UNUSED))
    }

    /// Returns its new expiry after a user's use, if that is much later than the current one.
    pub fn longer_life(&self, now: Timestamp) -> Option<Timestamp> {
        let is_soon = |end: &Timestamp| *end < now.after(Self::KEPT / 2);
        self.expires_at.filter(is_soon).map(|_| now.after(Self::KEPT))
    }

    /// Returns whether it is a public client, which cannot authenticate (RFC 6749 §2.1).
    pub fn is_public(&self) -> bool {
        self.metadata.token_endpoint_auth_method == ClientAuthMethod::None
    }

    /// Returns whether no other program can use its codes and tokens: it authenticates with a secret or a key.
    pub fn proves_itself(&self) -> bool {
        !self.is_public()
    }

    /// The same client with its standing: first party if the deployment names it, and else as it was reviewed, unless it
    /// changed since.
    #[must_use]
    pub fn with_standing(self, is_first_party: bool) -> Self {
        let current = self.review.as_ref().filter(|review| review.identity == self.reviewable());
        let reviewed = current.map_or(Standing::Unreviewed, |review| review.standing);
        Self { standing: if is_first_party { Standing::FirstParty } else { reviewed }, ..self }
    }

    /// Returns whether this user is one of the account that owns it.
    pub fn is_of_account_of(&self, user: Option<&User>) -> bool {
        self.owner.zip(user).is_some_and(|(owner, user)| owner.account_id == user.account_id)
    }

    /// Returns whether it has this grant type.
    pub fn has_grant(&self, grant: GrantType) -> bool {
        self.metadata.grant_types.contains(&grant)
    }

    /// The description for `unauthorized_client`: it lacks this grant type, and has others.
    pub fn lacks_grant(&self, grant: GrantType) -> String {
        let has = self.metadata.grant_types.iter().map(|grant| grant.as_str()).collect::<Vec<_>>().join(", ");
        format!("The client is not registered for the grant type {}; it has {has}", grant.as_str())
    }

    /// The scopes that it may request from a user. For an unowned client these are all scopes: its registered scopes are
    /// only the default of a request, because no owner set them as a limit, and it learns from the APIs that it calls
    /// which scopes it needs (MCP authorization, step-up). It gets only the scopes that the user consents to.
    pub fn grantable_scopes<'a>(&'a self, catalogue: &ScopeCatalogue) -> Cow<'a, ScopeSet> {
        match self.owner {
            Some(_) => Cow::Borrowed(&self.metadata.scopes),
            None => Cow::Owned(catalogue.all()),
        }
    }

    /// The client's identity as users see it: what an operator reviews, and its standing.
    pub fn identity(&self) -> AppIdentity {
        let mut properties = self.properties();
        if self.standing.is_vouched_for() {
            properties.push(serde_json::json!({ "standing": self.standing }));
        }
        AppIdentity::of(&properties.into())
    }

    /// What an operator reviews: its redirect URIs, authentication method, keys, name and logo.
    pub fn reviewable(&self) -> AppIdentity {
        AppIdentity::of(&self.properties().into())
    }

    /// A property that is absent adds nothing, so that a client without it keeps its identity.
    fn properties(&self) -> Vec<serde_json::Value> {
        let ClientMetadata { redirect_uris, token_endpoint_auth_method, keys, name, about, .. } = &self.metadata;
        let mut uris: Vec<&str> = redirect_uris.iter().map(RedirectUri::as_str).collect();
        uris.sort_unstable();
        let always = [
            serde_json::json!(uris),
            serde_json::json!(token_endpoint_auth_method),
            serde_json::json!(name.as_str()),
            serde_json::json!(keys),
        ];
        let logo = about.logo_uri.as_ref().map(|logo| serde_json::json!({ "logo": logo }));
        always.into_iter().chain(logo).collect()
    }

    /// Returns whether this is one of the app's valid secrets, comparing all of them in constant time.
    pub fn accepts_secret(&self, secret: &Secret, now: Timestamp) -> bool {
        self.secrets.iter().fold(false, |found, stored| {
            found | (stored.hash.matches(secret.expose().as_bytes()) & stored.is_valid(now))
        })
    }

    /// The secrets after a rotation: `new`, and the newest old one, which stays valid for `overlap`.
    pub fn rotated_secrets(&self, new: &ClientSecret, overlap: Duration, now: Timestamp) -> Vec<StoredSecret> {
        let retiring = self.secrets.first().filter(|old| !overlap.is_zero() && old.is_valid(now)).map(|old| {
            let end = now.after(overlap);
            StoredSecret { expires_at: Some(old.expires_at.map_or(end, |earlier| earlier.min(end))), ..old.clone() }
        });
        std::iter::once(new.stored(now)).chain(retiring).collect()
    }
}

/// A change of an app; absent fields stay unchanged.
#[derive(Clone, Debug, Default)]
pub struct AppChange {
    /// The new name.
    pub name: Option<DisplayName>,
    /// The new redirect URIs, which replace all old ones.
    pub redirect_uris: Option<Vec<RedirectUri>>,
    /// The new redirect URIs for logouts, which replace all old ones.
    pub post_logout_redirect_uris: Option<Vec<RedirectUri>>,
    /// The new algorithm of its ID tokens.
    pub id_token_signed_response_alg: Option<SigningAlgorithm>,
    /// The new scopes, which replace all old ones.
    pub scopes: Option<ScopeSet>,
    /// The new keys, which replace all old ones.
    pub keys: Option<ClientKeys>,
}

impl AppChange {
    /// Returns whether the change can give the app, or another party by it, access that it does not have.
    pub const fn gives_access(&self) -> bool {
        self.redirect_uris.is_some() || self.scopes.is_some() || self.keys.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app(secrets: Vec<StoredSecret>) -> Client {
        let now = Timestamp::from_seconds(1_000);
        let (account_id, created_by) = (AccountId::generate(now), UserId::generate(now));
        let owner = Owner { account_id, created_by, authenticators: AuthenticatorGeneration::default() };
        let metadata = ClientMetadata::machine(DisplayName::parse("App").unwrap());
        Client { secrets, ..Client::of_account(owner, metadata, now) }
    }

    #[test]
    fn an_unused_client_expires_and_a_used_one_does_not() {
        let at = Timestamp::from_seconds;
        let client = Client::self_registered(app(vec![]).metadata, at(0));
        let month = 30 * 86_400;
        assert!(client.is_live(at(month - 1)) && !client.is_live(at(month)));
        assert!(client.life_after_use(at(86_399)).is_none(), "one write a day is enough");
        assert_eq!(client.life_after_use(at(86_400)), Some(at(86_400 + month)));
        assert!(app(vec![]).life_after_use(at(1 << 40)).is_none());
        let kept = client.longer_life(at(10)).unwrap();
        assert_eq!(kept, at(10).after(Client::KEPT));
        let client = Client { expires_at: Some(kept), ..client };
        assert!(client.longer_life(at(86_400)).is_none(), "one write is enough for months");
        assert!(client.longer_life(at(91 * 86_400)).is_some());
        assert!(app(vec![]).longer_life(at(1 << 40)).is_none() && app(vec![]).is_live(at(1 << 40)));
    }

    #[test]
    fn only_twelve_characters_of_a_secret_are_stored() {
        let secret = ClientSecret::generate();
        assert_eq!(secret.stored(Timestamp::from_seconds(0)).prefix, secret.expose()[..12]);
        assert_eq!(secret.expose().len(), 6 + 43);
        assert!(!format!("{secret:?}").contains("dw_cs_"));
    }

    #[test]
    fn during_a_rotation_the_old_secret_is_valid_until_the_overlap_ends() {
        let now = Timestamp::from_seconds(1_000);
        let (first, second, third) = (ClientSecret::generate(), ClientSecret::generate(), ClientSecret::generate());
        let mut app = app(vec![first.stored(now)]);
        app.secrets = app.rotated_secrets(&second, Duration::from_secs(60), now);
        let accepts = |app: &Client, secret: &ClientSecret, at| {
            app.accepts_secret(&Secret::new(secret.expose()), Timestamp::from_seconds(at))
        };
        assert!(accepts(&app, &first, 1_059) && accepts(&app, &second, 1_059));
        assert!(!accepts(&app, &first, 1_060) && accepts(&app, &second, 1_060));
        app.secrets = app.rotated_secrets(&third, Duration::from_secs(60), Timestamp::from_seconds(1_010));
        assert!(!accepts(&app, &first, 1_011), "never more than two");
        app.secrets = app.rotated_secrets(&first, Duration::ZERO, Timestamp::from_seconds(1_020));
        assert!(!accepts(&app, &third, 1_020), "no overlap was requested");
        assert_eq!(app.secrets.len(), 1);
    }
}
