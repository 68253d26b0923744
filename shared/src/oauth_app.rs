//! OAuth apps: clients that belong to an account.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::account::AccountId;
use crate::clock::Timestamp;
use crate::id::{AttemptId, uuid_id};
use crate::oauth::client_auth::ClientAuthMethod;
use crate::oauth::grant_type::GrantType;
use crate::oauth::redirect_uri::RedirectUri;
use crate::oauth::scope::ScopeSet;
use crate::secret::{Secret, SecretHash};
use crate::text::DisplayName;
use crate::token::signing_keys::SigningAlgorithm;
use crate::user::UserId;

uuid_id! {
    /// Identifies an app in the API; its [`ClientId`] is another form of it.
    AppId
}

/// An app's name in OAuth: `dw_ci_` and the app's id in hexadecimal.
///
/// The one follows from the other, so an app is found by either without an index.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClientId(AppId);

impl ClientId {
    const PREFIX: &str = "dw_ci_";

    /// The client id of this app.
    pub const fn of(app: AppId) -> Self {
        Self(app)
    }

    /// Reads a client id; a text of any other form belongs to no client of ours.
    pub fn parse(text: &str) -> Option<Self> {
        let hex = text.strip_prefix(Self::PREFIX).filter(|hex| hex.len() == 32)?;
        let id = hex
            .bytes()
            .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
            .then(|| u128::from_str_radix(hex, 16).ok())??;
        Some(Self(AppId::from_bytes(id.to_be_bytes())))
    }

    /// The app that it names.
    pub const fn app_id(&self) -> AppId {
        self.0
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{:032x}", Self::PREFIX, u128::from_be_bytes(*self.0.as_bytes()))
    }
}

impl Serialize for ClientId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ClientId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not a client id of ours"))
    }
}

impl fmt::Debug for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
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

/// What makes a client itself: a consent to one client is none to another that took its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AppIdentity(String);

/// A client that belongs to an account.
#[derive(Clone, Debug)]
pub struct OauthApp {
    /// The app's id.
    pub id: AppId,
    /// The account whose data its own tokens reach.
    pub account_id: AccountId,
    /// Who made it; without them its own tokens do not work.
    pub created_by: UserId,
    /// What people know it as.
    pub name: DisplayName,
    /// Where an authorization may return to.
    pub redirect_uris: Vec<RedirectUri>,
    /// Where a sign-out may return to.
    pub post_logout_redirect_uris: Vec<RedirectUri>,
    /// What its ID tokens are signed with.
    pub id_token_signed_response_alg: SigningAlgorithm,
    /// What it may ask for; none means everything, with `client_credentials` only.
    pub scopes: ScopeSet,
    /// How it may get tokens.
    pub grant_types: Vec<GrantType>,
    /// How it proves who it is.
    pub token_endpoint_auth_method: ClientAuthMethod,
    /// The newest secret first; a second one only while a rotation overlaps.
    pub secrets: Vec<StoredSecret>,
    /// Names the write that made `secrets` what they are.
    pub secrets_version: AttemptId,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was ended for good, if so.
    pub revoked_at: Option<Timestamp>,
}

impl OauthApp {
    /// The app's name in OAuth.
    pub const fn client_id(&self) -> ClientId {
        ClientId::of(self.id)
    }

    /// Says whether it cannot keep a secret (RFC 6749 §2.1).
    pub fn is_public(&self) -> bool {
        self.token_endpoint_auth_method == ClientAuthMethod::None
    }

    /// What makes it itself: where it returns to, how it authenticates, and what people know it as.
    pub fn identity(&self) -> AppIdentity {
        let mut uris: Vec<&str> = self.redirect_uris.iter().map(RedirectUri::as_str).collect();
        uris.sort_unstable();
        let parts = serde_json::json!([uris, self.token_endpoint_auth_method, self.name.as_str()]);
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn app(secrets: Vec<StoredSecret>) -> OauthApp {
        let now = Timestamp::from_seconds(1_000);
        OauthApp {
            id: AppId::generate(now),
            account_id: AccountId::generate(now),
            created_by: UserId::generate(now),
            name: DisplayName::parse("App").unwrap(),
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            id_token_signed_response_alg: SigningAlgorithm::RS256,
            scopes: ScopeSet::default(),
            grant_types: vec![GrantType::ClientCredentials],
            token_endpoint_auth_method: ClientAuthMethod::ClientSecretBasic,
            secrets,
            secrets_version: AttemptId::generate(now),
            created_at: now,
            revoked_at: None,
        }
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

    proptest! {
        #[test]
        fn a_client_id_names_its_app(bytes: [u8; 16]) {
            let id = ClientId::of(AppId::from_bytes(bytes));
            prop_assert_eq!(ClientId::parse(&id.to_string()), Some(id));
        }

        #[test]
        fn no_other_text_is_a_client_id(text in "(dw_ci_)?[0-9a-fA-F+_ -]{0,40}") {
            if let Some(id) = ClientId::parse(&text) {
                prop_assert_eq!(id.to_string(), text);
            }
        }
    }
}
