//! Consents: which apps a user approved, and with which scopes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::client::id::ClientId;
use crate::domain::client::version::{AppIdentity, TokenEpoch};
use crate::domain::crypto::base64url;
use crate::domain::crypto::secret::SecretHash;
use crate::domain::oauth::scope::ScopeSet;
use crate::domain::session::device::Device;
use crate::domain::session::id::SessionId;
use crate::domain::session::proof::AuthenticationMethod;
use crate::domain::types::id::uuid_id;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::generation::AuthenticatorGeneration;
use crate::domain::user::{Epoch, User, UserId};

uuid_id! {
    /// Identifies a consent. Every code and session that depends on it stores it, so withdrawing the consent revokes all of
    /// them with one write.
    ConsentId
}

/// A user's consent that an app may act for them; they can withdraw it.
#[derive(Clone, Debug)]
pub struct Consent {
    /// The consent's id; a new one after it was withdrawn, and for another identity of the app.
    pub id: ConsentId,
    /// The user.
    pub user_id: UserId,
    /// The app.
    pub client_id: ClientId,
    /// All scopes that the user has consented to for this identity of the app, at Driftwood's own API.
    pub scopes: ScopeSet,
    /// The same at other APIs.
    pub resources: BTreeMap<String, ScopeSet>,
    /// The app's identity, to which the user consented.
    pub identity: AppIdentity,
    /// The generation of the user's authenticators when they consented.
    pub authenticators: AuthenticatorGeneration,
    /// When the user first consented.
    pub created_at: Timestamp,
    /// When the user last consented.
    pub updated_at: Timestamp,
}

/// What an app asks a user to consent to, as the consent page shows it.
#[derive(Clone, Debug)]
pub struct ConsentRequest<'a> {
    /// The app.
    pub client_id: &'a ClientId,
    /// The app's identity now.
    pub identity: AppIdentity,
    /// The API at which it asks for them; without one, Driftwood's own.
    pub resource: Option<&'a str>,
    /// The scopes; never empty.
    pub scopes: &'a ScopeSet,
}

impl ConsentRequest<'_> {
    /// A hash of what the page shows: the form of the page is for nothing else.
    pub fn fingerprint(&self) -> String {
        let shown = serde_json::json!([self.client_id, self.identity, self.resource, self.scopes]);
        base64url::encode(SecretHash::of(shown.to_string().as_bytes()).as_bytes())
    }
}

impl Consent {
    /// Returns whether the consent counts: it was given in the current generation of the user's authenticators.
    pub fn is_valid_for(&self, user: &User) -> bool {
        self.user_id == user.id && self.authenticators == user.authenticators
    }

    /// Returns whether the user has consented to the app as it is now, to whatever it was.
    pub fn is_to_app(&self, user: &User, client_id: &ClientId, identity: &AppIdentity) -> bool {
        self.is_valid_for(user) && self.client_id == *client_id && self.identity == *identity
    }

    /// Returns whether the user's consent is to the app as it is now: one to another identity covers nothing.
    fn is_to(&self, user: &User, asked: &ConsentRequest<'_>) -> bool {
        self.is_to_app(user, asked.client_id, &asked.identity)
    }

    /// Returns whether the user consented to all of this before. One API is no other: what they allowed at ours, they did
    /// not allow at another, and the other way round.
    pub fn covers(&self, user: &User, asked: &ConsentRequest<'_>) -> bool {
        let consented = match asked.resource {
            None => Some(&self.scopes),
            Some(resource) => self.resources.get(resource),
        };
        self.is_to(user, asked) && consented.is_some_and(|consented| asked.scopes.is_subset(consented))
    }

    /// The consent with what is asked added.
    fn and(mut self, asked: &ConsentRequest<'_>) -> Self {
        let consented = match asked.resource {
            None => &mut self.scopes,
            Some(resource) => self.resources.entry(resource.to_owned()).or_default(),
        };
        *consented = consented.union(asked.scopes);
        self
    }
}

/// What a user granted an app; stored in the code, and then in the session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The app.
    pub client_id: ClientId,
    /// The consent that it depends on.
    pub consent_id: ConsentId,
    /// The app's token epoch when the user consented.
    #[serde(default, skip_serializing_if = "TokenEpoch::is_first")]
    pub token_epoch: TokenEpoch,
    /// The granted scopes; never empty.
    pub scopes: ScopeSet,
    /// The API that its tokens are for; without one, Driftwood's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// The browser session in which the user consented, and with which the grant ends; `None` for a device authorization.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub browser_session_id: Option<SessionId>,
    /// When the user authenticated.
    pub auth_time: Timestamp,
    /// How the user authenticated.
    #[serde(default, rename = "proven_by")]
    pub authenticated_by: AuthenticationMethod,
}

/// A user's approval, from which a session is started.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Approval {
    /// The user who consented.
    pub user_id: UserId,
    /// Their epoch when they consented.
    pub epoch: Epoch,
    /// What they granted.
    pub grant: Grant,
    /// The session that will be started.
    pub session_id: SessionId,
    /// The device on which the user consented.
    pub device: Device,
}

/// How an approval changes a consent.
#[derive(Clone, Debug)]
pub enum ConsentChange {
    /// Not at all: the consent already covers it.
    None,
    /// There was none, and this is the new one.
    Give(Consent),
    /// The one with this id counts no longer, or is to another identity of the app, and this is the new one: sessions of
    /// the old one end.
    Replace(ConsentId, Consent),
    /// It is replaced by this one with the same id and identity, so that existing sessions stay valid.
    Renew(Consent),
}

impl ConsentChange {
    /// Returns how an approval of this changes the existing consent.
    pub fn approving(user: &User, before: Option<&Consent>, asked: &ConsentRequest<'_>, now: Timestamp) -> Self {
        if let Some(before) = before.filter(|before| before.is_to(user, asked)) {
            return Self::Renew(Consent { updated_at: now, ..before.clone() }.and(asked));
        }
        // Another identity starts from nothing: what the user allowed the app that it was, they did not allow this one.
        let new = Consent {
            id: ConsentId::generate(now),
            user_id: user.id,
            client_id: asked.client_id.clone(),
            scopes: ScopeSet::default(),
            resources: BTreeMap::new(),
            identity: asked.identity.clone(),
            authenticators: user.authenticators,
            created_at: now,
            updated_at: now,
        }
        .and(asked);
        match before {
            Some(before) => Self::Replace(before.id, new),
            None => Self::Give(new),
        }
    }

    /// The consent as it is after the change, if it changes.
    pub const fn given(&self) -> Option<&Consent> {
        match self {
            Self::None => None,
            Self::Give(given) | Self::Replace(_, given) | Self::Renew(given) => Some(given),
        }
    }
}
