//! Consents: which apps a user let in, and with which scopes.

use serde::{Deserialize, Serialize};

use crate::domain::client::id::ClientId;
use crate::domain::client::version::{AppIdentity, TokenEpoch};
use crate::domain::oauth::scope::ScopeSet;
use crate::domain::session::device::Device;
use crate::domain::session::id::SessionId;
use crate::domain::session::proof::AuthenticationMethod;
use crate::domain::types::id::uuid_id;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::{Epoch, UserId};

uuid_id! {
    /// Identifies a consent. Everything that an app got by it names it, so taking the consent back ends all of that with one write.
    ConsentId
}

/// A user's word that an app may act for them; they can take it back.
#[derive(Clone, Debug)]
pub struct Consent {
    /// The consent's id; a new one after it was taken back.
    pub id: ConsentId,
    /// The user.
    pub user_id: UserId,
    /// The app.
    pub client_id: ClientId,
    /// Everything that was agreed to so far.
    pub scopes: ScopeSet,
    /// What the app was when the user agreed.
    pub identity: AppIdentity,
    /// Since when the app is connected.
    pub created_at: Timestamp,
    /// When the user last agreed to something.
    pub updated_at: Timestamp,
}

impl Consent {
    /// Says whether the user has agreed to all of this, to the app as it is now.
    pub fn covers(&self, scopes: &ScopeSet, identity: &AppIdentity) -> bool {
        scopes.is_subset(&self.scopes) && self.identity == *identity
    }
}

/// What a user let an app do, as everything that comes of it carries it: the code, and then the session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The app.
    pub client_id: ClientId,
    /// The consent that it rests on.
    pub consent_id: ConsentId,
    /// The app's epoch then; it got nothing of a later one by this.
    #[serde(default, skip_serializing_if = "TokenEpoch::is_first")]
    pub token_epoch: TokenEpoch,
    /// What it may do; never empty.
    pub scopes: ScopeSet,
    /// The API that its tokens are for; without one, our own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// The sign-in in the browser by which it came, and with which it ends; none, if it came by another device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub browser_session_id: Option<SessionId>,
    /// When the user proved who they are.
    pub auth_time: Timestamp,
    /// How they did.
    #[serde(default, rename = "proven_by")]
    pub authenticated_by: AuthenticationMethod,
}

/// A user's answer, ready to become a session.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Approval {
    /// Who agreed.
    pub user_id: UserId,
    /// Their epoch then.
    pub epoch: Epoch,
    /// What to.
    pub grant: Grant,
    /// The session that comes of it.
    pub session_id: SessionId,
    /// Where the user agreed.
    pub device: Device,
}

/// What an answer does to a consent.
#[derive(Clone, Debug)]
pub enum ConsentChange {
    /// Nothing: it covers the answer already.
    None,
    /// There was none, and this is it now.
    Give(Consent),
    /// It becomes this, under the same id, so that what rests on it goes on.
    Renew(Consent),
}

impl ConsentChange {
    /// What agreeing to `scopes` does to the consent that there is.
    pub fn agreeing(
        user_id: UserId,
        client_id: ClientId,
        before: Option<&Consent>,
        scopes: &ScopeSet,
        identity: AppIdentity,
        now: Timestamp,
    ) -> Self {
        match before {
            None => Self::Give(Consent {
                id: ConsentId::generate(now),
                user_id,
                client_id,
                scopes: scopes.clone(),
                identity,
                created_at: now,
                updated_at: now,
            }),
            Some(before) => {
                let scopes = before.scopes.union(scopes);
                Self::Renew(Consent { scopes, identity, updated_at: now, ..before.clone() })
            }
        }
    }
}
