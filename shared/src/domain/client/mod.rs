//! OAuth apps: clients, whether they belong to an account, registered themselves or are described by a document.

pub mod assertion;
pub mod document;
pub mod id;
pub mod keys;
pub mod metadata;
pub mod registration_token;
pub mod secret;
pub mod settings;
pub mod template;
pub mod version;

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::client::id::{AppId, ClientId};
use crate::domain::client::keys::ClientKeys;
use crate::domain::client::metadata::ClientMetadata;
use crate::domain::client::registration_token::RegistrationToken;
use crate::domain::client::secret::{ClientSecret, StoredSecret};
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
use crate::domain::user::UserId;
use crate::domain::user::account::AccountId;

/// Whose an app is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// The account whose data its own tokens reach.
    pub account_id: AccountId,
    /// Who made it; without them it does not work.
    pub created_by: UserId,
}

/// A client.
#[derive(Clone, Debug)]
pub struct Client {
    /// Its name in OAuth.
    pub client_id: ClientId,
    /// Whose it is; nobody's, where it registered itself or a document describes it. Then it has no tokens of its own.
    pub owner: Option<Owner>,
    /// What it says of itself.
    pub metadata: ClientMetadata,
    /// What events its account wants to tell it of.
    pub event_subscriptions: Vec<EventType>,
    /// Moves whenever `metadata` or `event_subscriptions` change, or it is switched on or off.
    pub version: AppVersion,
    /// Its tokens of an earlier epoch have ended.
    pub token_epoch: TokenEpoch,
    /// The newest secret first; a second one only while a rotation overlaps.
    pub secrets: Vec<StoredSecret>,
    /// Names the write that made `secrets` what they are.
    pub secrets_version: WriteId,
    /// Proves the token that manages its registration, where it has one (RFC 7592).
    pub registration_token: Option<SecretHash>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when what we have of its document may be used without another look.
    pub fresh_until: Option<Timestamp>,
    /// When it is forgotten unless somebody uses it; never, where it belongs to an account.
    pub expires_at: Option<Timestamp>,
    /// Since when it is switched off, if so.
    pub disabled_at: Option<Timestamp>,
    /// When it was ended for good, if so.
    pub revoked_at: Option<Timestamp>,
}

impl Client {
    /// How long a client that belongs to nobody is kept until a user lets it in.
    pub const UNUSED: Duration = Duration::from_secs(86_400);
    /// How long it is kept after that, from its last use.
    pub const KEPT: Duration = Duration::from_secs(180 * 86_400);

    /// An app of an account, which begins now.
    pub fn of_account(owner: Owner, metadata: ClientMetadata, now: Timestamp) -> Self {
        Self { owner: Some(owner), expires_at: None, ..Self::self_registered(metadata, now) }
    }

    /// A client that registers itself now.
    pub fn self_registered(metadata: ClientMetadata, now: Timestamp) -> Self {
        Self {
            client_id: ClientId::Registered(AppId::generate(now)),
            owner: None,
            metadata,
            event_subscriptions: Vec::new(),
            version: AppVersion::default(),
            token_epoch: TokenEpoch::default(),
            secrets: Vec::new(),
            secrets_version: WriteId::generate(now),
            registration_token: None,
            created_at: now,
            fresh_until: None,
            expires_at: Some(now.after(Self::UNUSED)),
            disabled_at: None,
            revoked_at: None,
        }
    }

    /// Gives it a secret if its way to authenticate needs one and it has none, and takes it away where it needs none.
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

    /// Gives it a token that manages its registration, in place of an earlier one.
    pub fn renew_registration_token(&mut self) -> Option<RegistrationToken> {
        let token = RegistrationToken::generate(self.client_id.app_id()?);
        self.registration_token = Some(token.hash());
        Some(token)
    }

    /// Says whether it is in use, as far as it depends on itself.
    pub fn is_live(&self, now: Timestamp) -> bool {
        let is_on = self.disabled_at.is_none() && self.revoked_at.is_none();
        is_on && self.expires_at.is_none_or(|expires_at| now < expires_at)
    }

    /// Until when it should be kept, if that is much longer than it is.
    pub fn longer_life(&self, now: Timestamp) -> Option<Timestamp> {
        let is_soon = |end: &Timestamp| *end < now.after(Self::KEPT / 2);
        self.expires_at.filter(is_soon).map(|_| now.after(Self::KEPT))
    }

    /// Says whether it cannot prove who it is (RFC 6749 §2.1).
    pub fn is_public(&self) -> bool {
        self.metadata.token_endpoint_auth_method == ClientAuthMethod::None
    }

    /// Says whether nobody answers for it: neither an account nor an address of its own.
    pub fn is_unverified(&self) -> bool {
        self.owner.is_none() && self.client_id.document_url().is_none()
    }

    /// Says whether it may get tokens in this way.
    pub fn has_grant(&self, grant: GrantType) -> bool {
        self.metadata.grant_types.contains(&grant)
    }

    /// The most that it may ask a user for. What nobody's client registered is only what it asks for unless it says
    /// otherwise: nobody gave it that, and it learns from the APIs that it meets what it needs (MCP authorization,
    /// step-up). What a user agrees to is what it gets.
    pub fn grantable_scopes<'a>(&'a self, catalogue: &ScopeCatalogue) -> Cow<'a, ScopeSet> {
        match self.owner {
            Some(_) => Cow::Borrowed(&self.metadata.scopes),
            None => Cow::Owned(catalogue.all()),
        }
    }

    /// What makes it itself: where it returns to, how it authenticates, its keys, and what users know it as.
    pub fn identity(&self) -> AppIdentity {
        let ClientMetadata { redirect_uris, token_endpoint_auth_method, keys, name, .. } = &self.metadata;
        let mut uris: Vec<&str> = redirect_uris.iter().map(RedirectUri::as_str).collect();
        uris.sort_unstable();
        AppIdentity::of(&serde_json::json!([uris, token_endpoint_auth_method, name.as_str(), keys]))
    }

    /// Says whether this is one of the app's valid secrets, comparing all of them in constant time.
    pub fn accepts_secret(&self, secret: &Secret, now: Timestamp) -> bool {
        self.secrets.iter().fold(false, |found, stored| {
            found | (stored.hash.matches(secret.expose().as_bytes()) & stored.is_valid(now))
        })
    }

    /// The secrets after `new` has taken over and the newest old one keeps working for `overlap`.
    pub fn rotated_secrets(&self, new: &ClientSecret, overlap: Duration, now: Timestamp) -> Vec<StoredSecret> {
        let retiring = self.secrets.first().filter(|old| !overlap.is_zero() && old.is_valid(now)).map(|old| {
            let end = now.after(overlap);
            StoredSecret { expires_at: Some(old.expires_at.map_or(end, |earlier| earlier.min(end))), ..old.clone() }
        });
        std::iter::once(new.stored(now)).chain(retiring).collect()
    }
}

/// What to change of an app; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct AppChange {
    /// The new name.
    pub name: Option<DisplayName>,
    /// The new redirect URIs, in place of all the old ones.
    pub redirect_uris: Option<Vec<RedirectUri>>,
    /// The new addresses for sign-outs, in place of all the old ones.
    pub post_logout_redirect_uris: Option<Vec<RedirectUri>>,
    /// What its ID tokens are signed with from now on.
    pub id_token_signed_response_alg: Option<SigningAlgorithm>,
    /// The new scopes, in place of all the old ones.
    pub scopes: Option<ScopeSet>,
    /// The new keys, in place of all the old ones.
    pub keys: Option<ClientKeys>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app(secrets: Vec<StoredSecret>) -> Client {
        let now = Timestamp::from_seconds(1_000);
        let owner = Owner { account_id: AccountId::generate(now), created_by: UserId::generate(now) };
        let metadata = ClientMetadata::machine(DisplayName::parse("App").unwrap());
        Client { secrets, ..Client::of_account(owner, metadata, now) }
    }

    #[test]
    fn a_client_that_nobody_uses_is_forgotten_and_one_that_somebody_uses_is_not() {
        let at = Timestamp::from_seconds;
        let client = Client::self_registered(app(vec![]).metadata, at(0));
        assert!(client.is_live(at(86_399)) && !client.is_live(at(86_400)));
        let kept = client.longer_life(at(10)).unwrap();
        assert_eq!(kept, at(10).after(Client::KEPT));
        let client = Client { expires_at: Some(kept), ..client };
        assert!(client.longer_life(at(86_400)).is_none(), "one write is enough for months");
        assert!(client.longer_life(at(91 * 86_400)).is_some());
        assert!(app(vec![]).longer_life(at(1 << 40)).is_none() && app(vec![]).is_live(at(1 << 40)));
    }

    #[test]
    fn a_secret_says_no_more_of_itself_than_twelve_characters() {
        let secret = ClientSecret::generate();
        assert_eq!(secret.stored(Timestamp::from_seconds(0)).prefix, secret.expose()[..12]);
        assert_eq!(secret.expose().len(), 6 + 43);
        assert!(!format!("{secret:?}").contains("dw_cs_"));
    }

    #[test]
    fn during_a_rotation_the_old_secret_works_until_the_overlap_ends() {
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
        assert!(!accepts(&app, &third, 1_020), "no overlap was asked for");
        assert_eq!(app.secrets.len(), 1);
    }
}
