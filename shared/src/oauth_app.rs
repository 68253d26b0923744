//! OAuth apps: clients, whether they belong to an account, registered themselves or are described by a document.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::account::AccountId;
use crate::client_id::ClientId;
use crate::client_keys::ClientKeys;
use crate::client_metadata::ClientMetadata;
use crate::clock::Timestamp;
use crate::event::EventType;
use crate::id::{AttemptId, uuid_id};
use crate::oauth::client_auth::ClientAuthMethod;
use crate::oauth::grant_type::GrantType;
use crate::oauth::redirect_uri::RedirectUri;
use crate::oauth::scope::{ScopeCatalogue, ScopeSet};
use crate::registration_token::RegistrationToken;
use crate::secret::{Secret, SecretHash};
use crate::text::DisplayName;
use crate::token::signing_keys::SigningAlgorithm;
use crate::user::UserId;

uuid_id! {
    /// Identifies an app in the API; its [`ClientId`] is another form of it.
    AppId
}

impl AppId {
    /// Reads an app's id, or says in a sentence that it is none.
    ///
    /// # Errors
    ///
    /// The sentence to show.
    pub fn require(text: &str) -> Result<Self, String> {
        Self::parse(text).ok_or_else(|| "must be an app's id".to_owned())
    }

    /// Reads where a list goes on, or says in a sentence that it goes on nowhere.
    ///
    /// # Errors
    ///
    /// The sentence to show.
    pub fn cursor(text: &str) -> Result<Self, String> {
        Self::parse(text).ok_or_else(|| "must be a next_cursor of an earlier answer".to_owned())
    }
}

/// A client secret, shown once: `dw_cs_` and 256 random bits.
#[derive(Clone, Debug)]
pub struct ClientSecret(Secret);

impl ClientSecret {
    const PREFIX: &str = "dw_cs_";
    /// How much of a secret may be shown later, so that people can tell two apart.
    const SHOWN: usize = 12;

    /// A new secret.
    pub fn generate() -> Self {
        Self(Secret::new(format!("{}{}", Self::PREFIX, crate::token::encode(&crate::random::bytes::<32>()))))
    }

    /// The secret itself, for its one answer.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// What the table keeps of it, valid until `expires_at` if that is given.
    pub fn stored(&self, created_at: Timestamp) -> StoredSecret {
        StoredSecret {
            hash: SecretHash::of(self.expose().as_bytes()),
            prefix: self.expose().chars().take(Self::SHOWN).collect(),
            created_at,
            expires_at: None,
        }
    }
}

/// A client secret as the table holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredSecret {
    /// Proves the secret.
    pub hash: SecretHash,
    /// Its first characters, to tell secrets apart.
    pub prefix: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working, if another has taken its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

impl StoredSecret {
    fn is_valid(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|expires_at| now < expires_at)
    }
}

/// Counts the changes of what is said of an app, so that nobody changes what they have not seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AppVersion(u64);

impl AppVersion {
    /// Says whether nothing was changed yet; then the table has none.
    pub const fn is_first(&self) -> bool {
        self.0 == 0
    }

    /// The version after this one.
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for AppVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Counts the times that all tokens of an app were revoked at once.
///
/// Whatever an app gets keeps the epoch in which it got it; raising the app's ends all of that with one write. Consents
/// stay: nobody has to agree again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TokenEpoch(u64);

impl TokenEpoch {
    /// Says whether tokens were never revoked; then neither the table nor a token has it.
    pub const fn is_first(&self) -> bool {
        self.0 == 0
    }
}

/// What makes a client itself: a consent to one client is none to another that took its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AppIdentity(String);

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
pub struct OauthApp {
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
    pub secrets_version: AttemptId,
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

impl OauthApp {
    /// How long a client that belongs to nobody is kept until a person lets it in.
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
            secrets_version: AttemptId::generate(now),
            registration_token: None,
            created_at: now,
            fresh_until: None,
            expires_at: Some(now.after(Self::UNUSED)),
            disabled_at: None,
            revoked_at: None,
        }
    }

    /// Gives it a secret if its way to authenticate needs one and it has none, and takes it away where it needs none.
    pub fn settle_secret(&mut self, now: Timestamp) -> Option<ClientSecret> {
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

    /// The most that it may ask a person for. What nobody's client registered is only what it asks for unless it says
    /// otherwise: nobody gave it that, and it learns from the APIs that it meets what it needs (MCP authorization,
    /// step-up). What a person agrees to is what it gets.
    pub fn grantable_scopes<'a>(&'a self, catalogue: &ScopeCatalogue) -> Cow<'a, ScopeSet> {
        match self.owner {
            Some(_) => Cow::Borrowed(&self.metadata.scopes),
            None => Cow::Owned(catalogue.all()),
        }
    }

    /// What makes it itself: where it returns to, how it authenticates, its keys, and what people know it as.
    pub fn identity(&self) -> AppIdentity {
        let ClientMetadata { redirect_uris, token_endpoint_auth_method, keys, name, .. } = &self.metadata;
        let mut uris: Vec<&str> = redirect_uris.iter().map(RedirectUri::as_str).collect();
        uris.sort_unstable();
        let parts = serde_json::json!([uris, token_endpoint_auth_method, name.as_str(), keys]);
        AppIdentity(crate::token::encode(SecretHash::of(parts.to_string().as_bytes()).as_bytes()))
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

    fn app(secrets: Vec<StoredSecret>) -> OauthApp {
        let now = Timestamp::from_seconds(1_000);
        let owner = Owner { account_id: AccountId::generate(now), created_by: UserId::generate(now) };
        let metadata = ClientMetadata::machine(DisplayName::parse("App").unwrap());
        OauthApp { secrets, ..OauthApp::of_account(owner, metadata, now) }
    }

    #[test]
    fn a_client_that_nobody_uses_is_forgotten_and_one_that_somebody_uses_is_not() {
        let at = Timestamp::from_seconds;
        let client = OauthApp::self_registered(app(vec![]).metadata, at(0));
        assert!(client.is_live(at(86_399)) && !client.is_live(at(86_400)));
        let kept = client.longer_life(at(10)).unwrap();
        assert_eq!(kept, at(10).after(OauthApp::KEPT));
        let client = OauthApp { expires_at: Some(kept), ..client };
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
        let accepts = |app: &OauthApp, secret: &ClientSecret, at| {
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
