//! `RefreshTokens`: sessions, each one item in its user's partition.

use std::time::Duration;

use async_recursion::async_recursion as boxed;
use serde::{Deserialize, Serialize};

use super::table::{ItemKey, Table};
use super::write::{Write, Written};
use crate::domain::crypto::secret::SecretHash;
use crate::domain::oauth::scope::ScopeSet;
use crate::domain::session::Session;
use crate::domain::session::device::Device;
use crate::domain::session::id::SessionId;
use crate::domain::session::kind::SessionKind;
use crate::domain::session::proof::AuthenticationMethod;
use crate::domain::session::refresh_token::RefreshToken;
use crate::domain::types::id::WriteId;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::account::AccountId;
use crate::domain::user::{Epoch, UserId};
use crate::domain::user_key::KeyId;
use crate::dynamodb::Item;
use crate::fault::Fault;

/// The table `RefreshTokens`.
pub struct Sessions(pub(super) Table);

/// The form of a session in the table.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Session")]
struct SessionItem {
    id: SessionId,
    /// Tagged by `kind`, beside it.
    #[serde(flatten)]
    kind: SessionKind,
    user_id: UserId,
    account_id: AccountId,
    epoch: Epoch,
    secret_hash: SecretHash,
    generation: u32,
    attempt: WriteId,
    #[serde(default, rename = "proven_by")]
    authenticated_by: AuthenticationMethod,
    created_at: Timestamp,
    rotated_at: Timestamp,
    idle_expires_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    absolute_expires_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    revoked_at: Option<Timestamp>,
    device: Device,
}

/// A session as the table stores it.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct StoredSession(#[serde(with = "SessionItem")] pub(super) Session);

/// A session with DynamoDB's time to live: garbage collection only, nothing decides by it.
#[derive(Serialize)]
pub(super) struct NewSession {
    #[serde(flatten)]
    session: StoredSession,
    expires_at: Timestamp,
}

impl NewSession {
    pub(super) fn of(session: &Session) -> Self {
        Self { expires_at: session.ends_at(), session: StoredSession(session.clone()) }
    }
}

/// A session in as much as a sign-out needs it, so that none is missed of a kind that this version does not know.
#[derive(Deserialize)]
struct GrantedItem {
    id: SessionId,
    #[serde(default)]
    grant: Option<GrantedIn>,
    #[serde(default)]
    revoked_at: Option<Timestamp>,
}

/// Where a user granted something, and what.
#[derive(Deserialize)]
struct GrantedIn {
    #[serde(default)]
    browser_session_id: Option<SessionId>,
    scopes: ScopeSet,
}

/// The outcome of a rotation.
#[derive(Debug)]
pub enum Rotated {
    /// The presented token was exchanged, by this call and no other.
    Done,
    /// Something else changed the session first; this is its new state.
    Raced(Box<Session>),
    /// There is no such session.
    Gone,
}

pub(super) fn session_key(user: UserId, id: SessionId) -> ItemKey {
    ItemKey::new(format!("user#{user}"), format!("session#{id}"))
}

/// The key of a user key's session: apart from those of users, because a script that stores no token begins thousands.
pub(super) fn key_session_key(user: UserId, key: KeyId, id: SessionId) -> ItemKey {
    ItemKey::new(format!("user#{user}"), format!("{KEY_SESSION}{key}#{id}"))
}

/// The key of a session.
pub(super) fn session_item_key(session: &Session) -> ItemKey {
    match session.kind.key() {
        Some(key) => key_session_key(session.user_id, key, session.id),
        None => session_key(session.user_id, session.id),
    }
}

/// The prefix of the sort key of a user key's session.
const KEY_SESSION: &str = "key-session#";

impl Sessions {
    /// Begins a session, by one conditional write.
    ///
    /// Repeated, it finds its own item; a late repetition cannot reset a session that was refreshed since.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written.
    #[boxed]
    pub async fn begin(&self, session: &Session) -> Result<(), Fault> {
        let write = Write::to(&self.0, session_item_key(session)).if_new();
        match write.put(&NewSession::of(session)).await? {
            Written::Done(_) => Ok(()),
            Written::Refused(item) => match self.read(&session_item_key(session), item)? {
                Some(met) if met.attempt == session.attempt => Ok(()),
                _ => Err(Fault::broken("a new session's id is taken")),
            },
        }
    }

    /// Replaces a session with the same id that has not been revoked, by one conditional write; returns whether it did.
    ///
    /// Repeated, it puts the same again; raced with a sign-out, the sign-out wins.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written.
    #[boxed]
    pub async fn renew(&self, session: &Session) -> Result<bool, Fault> {
        let write = Write::to(&self.0, session_item_key(session)).if_exists().if_absent("revoked_at");
        Ok(matches!(write.put(&NewSession::of(session)).await?, Written::Done(_)))
    }

    /// Exchanges the presented generation for the next, by one conditional write: of all that race, exactly one gets
    /// [`Rotated::Done`]. A repetition whose first response was lost recognises its own attempt in the item.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written.
    #[boxed]
    pub async fn rotate(
        &self,
        session: &Session,
        token: &RefreshToken,
        idle: Duration,
        now: Timestamp,
    ) -> Result<Rotated, Fault> {
        let attempt = WriteId::generate(now);
        let rotated = Session { idle_expires_at: now.after(idle), ..session.clone() };
        let write = Write::to(&self.0, session_item_key(session))
            .set("generation", token.successor().generation)
            .set("rotated_at", now)
            .set("attempt", attempt)
            .set("idle_expires_at", rotated.idle_expires_at)
            .set("expires_at", rotated.ends_at())
            .if_equal("generation", token.generation)
            .if_equal("secret_hash", SecretHash::of(&token.secret))
            .if_equal("kind", token.kind)
            .if_absent("revoked_at")
            .if_greater("idle_expires_at", now)
            .if_absent_or_greater("absolute_expires_at", now);
        match write.update().await? {
            Written::Done(_) => Ok(Rotated::Done),
            Written::Refused(item) => Ok(match self.read(&session_item_key(session), item)? {
                Some(met) if met.attempt == attempt => Rotated::Done,
                Some(met) => Rotated::Raced(Box::new(met)),
                None => Rotated::Gone,
            }),
        }
    }

    /// Extends the life of a session whose token stays the same, by one conditional write; returns whether the session
    /// was still valid.
    ///
    /// Repeated, it sets the same again; raced with a revocation, the revocation wins.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written.
    #[boxed]
    pub async fn prolong(&self, session: &Session, idle: Duration, now: Timestamp) -> Result<bool, Fault> {
        let prolonged = Session { idle_expires_at: now.after(idle), ..session.clone() };
        let write = Write::to(&self.0, session_item_key(session))
            .set("rotated_at", now)
            .set("idle_expires_at", prolonged.idle_expires_at)
            .set("expires_at", prolonged.ends_at())
            .if_absent("revoked_at")
            .if_greater("idle_expires_at", now);
        Ok(matches!(write.update().await?, Written::Done(_)))
    }

    /// Revokes a session permanently. Repeated or raced, it keeps the time of the first.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written.
    #[boxed]
    pub async fn revoke(&self, user: UserId, id: SessionId, now: Timestamp) -> Result<(), Fault> {
        let write = Write::to(&self.0, session_key(user, id)).set_once("revoked_at", now).if_exists();
        write.update().await.map(|_: Written| ())
    }

    /// Lists a user's sessions without those of user keys, newest first: the last `most` of them.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be read.
    #[boxed]
    pub async fn list(&self, user: UserId, most: usize) -> Result<Vec<Session>, Fault> {
        let items = self.0.newest(&format!("user#{user}"), "session#", most).await?;
        items.into_iter().map(|StoredSession(session)| Ok(session)).collect()
    }

    /// Lists the sessions of a user's user keys: `most` of them, key by key.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be read.
    #[boxed]
    pub async fn list_of_keys(&self, user: UserId, most: usize) -> Result<Vec<Session>, Fault> {
        let items = self.0.newest(&format!("user#{user}"), KEY_SESSION, most).await?;
        items.into_iter().map(|StoredSession(session)| Ok(session)).collect()
    }

    /// Lists the sessions that apps began with what a user granted in a browser session, each with its scopes; without those
    /// that were revoked.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be read.
    #[boxed]
    pub async fn granted_in(&self, browser: &Session) -> Result<Vec<(SessionId, ScopeSet)>, Fault> {
        let items = self.0.newest(&format!("user#{}", browser.user_id), "session#", usize::MAX).await?;
        let granted = |item: GrantedItem| {
            let grant = item.grant.filter(|grant| grant.browser_session_id == Some(browser.id))?;
            item.revoked_at.is_none().then_some((item.id, grant.scopes))
        };
        Ok(items.into_iter().filter_map(granted).collect())
    }

    fn read(&self, key: &ItemKey, item: Option<Item>) -> Result<Option<Session>, Fault> {
        let stored = item.map(|item| self.0.read(key, &item)).transpose()?;
        Ok(stored.map(|StoredSession(session)| session))
    }
}
