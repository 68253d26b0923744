//! `Authorizations`: pending authorizations, consents, and the codes that are issued for them.

use async_recursion::async_recursion as boxed;

use super::authorization_items::{
    Expiring, KEPT, LATE, Mark, StoredConsent, StoredDevice, StoredPending, StoredPushed,
};
use super::table::{ItemKey, Table};
use super::write::{Write, Written};
use crate::domain::authorization::consent::Consent;
use crate::domain::authorization::device::{DeviceAnswer, DeviceAuthorization, UserCode};
use crate::domain::authorization::pushed::PushedRequest;
use crate::domain::authorization::{AuthorizationId, PendingAuthorization};
use crate::domain::client::assertion::SpentAssertion;
use crate::domain::client::id::ClientId;
use crate::domain::crypto::base64url;
use crate::domain::crypto::secret::SecretHash;
use crate::domain::session::id::SessionId;
use crate::domain::types::id::{TokenId, WriteId};
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::UserId;
use crate::fault::Fault;

/// The table `Authorizations`.
pub struct Authorizations(pub(super) Table);

pub(super) fn pending_key(id: AuthorizationId) -> ItemKey {
    ItemKey::new(format!("authorization#{id}"), "authorization")
}

/// The prefix of the sort key of a consent.
pub(super) const CONSENT: &str = "consent#";

pub(super) fn consent_key(user: UserId, client: &ClientId) -> ItemKey {
    // An address is hashed: it may be longer than a key.
    let client = match client {
        ClientId::Registered(_) => client.to_string(),
        ClientId::Document(url) => base64url::encode(SecretHash::of(url.as_str().as_bytes()).as_bytes()),
    };
    ItemKey::new(format!("user#{user}"), format!("{CONSENT}{client}"))
}

pub(super) fn code_key(user: UserId, hash: &SecretHash) -> ItemKey {
    ItemKey::new(format!("user#{user}"), format!("code#{}", base64url::encode(hash.as_bytes())))
}

pub(super) fn device_key(code: UserCode) -> ItemKey {
    ItemKey::new(format!("device#{code}"), "device")
}

pub(super) fn pushed_key(hash: &SecretHash) -> ItemKey {
    ItemKey::new(format!("pushed#{}", base64url::encode(hash.as_bytes())), "pushed")
}

pub(super) fn revoked_token_key(token: TokenId) -> ItemKey {
    ItemKey::new(format!("token#{token}"), "revoked")
}

fn assertion_key(hash: &SecretHash) -> ItemKey {
    ItemKey::new(format!("assertion#{}", base64url::encode(hash.as_bytes())), "spent")
}

impl Authorizations {
    /// Stores an authorization request until a user answers, by one conditional write. Its id is new, so nothing can
    /// race it; repeated, it finds its own item, and a late repetition cannot reopen an authorization that was answered
    /// since.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written.
    #[boxed]
    pub async fn begin(&self, pending: &PendingAuthorization) -> Result<(), Fault> {
        let item = Expiring { item: StoredPending(pending.clone()), expires_at: pending.ends_at.after(LATE) };
        Write::to(&self.0, pending_key(pending.id)).if_new().put(&item).await.map(|_: Written| ())
    }

    /// Returns an authorization, open or not.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be read.
    #[boxed]
    pub async fn find(&self, id: AuthorizationId) -> Result<Option<PendingAuthorization>, Fault> {
        let stored: Option<StoredPending> = self.0.get(&pending_key(id)).await?;
        Ok(stored.map(|StoredPending(pending)| pending))
    }

    /// Records the session that signed in for an authorization that is still open, by one write. Repeated, it records
    /// the same again; raced, the last sign-in wins.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written.
    #[boxed]
    pub async fn note_sign_in(&self, id: AuthorizationId, session: SessionId, now: Timestamp) -> Result<(), Fault> {
        let write = Write::to(&self.0, pending_key(id)).set("session_id", session);
        write.if_absent("answered_at").if_greater("ends_at", now).update().await.map(|_: Written| ())
    }

    /// Lists a user's consents, the last `most` of them.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be read.
    #[boxed]
    pub async fn consents(&self, user: UserId, most: usize) -> Result<Vec<Consent>, Fault> {
        let items = self.0.newest(&format!("user#{user}"), CONSENT, most).await?;
        Ok(items.into_iter().map(|StoredConsent(consent)| consent).collect())
    }

    /// Stores a pushed request until its user comes, by one conditional write. Its name is new, so nothing can race it;
    /// repeated, it finds its own item.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written.
    #[boxed]
    pub async fn push(&self, pushed: &PushedRequest) -> Result<(), Fault> {
        let item = Expiring { item: StoredPushed(pushed.clone()), expires_at: pushed.ends_at.after(KEPT) };
        Write::to(&self.0, pushed_key(&pushed.hash)).if_new().put(&item).await.map(|_: Written| ())
    }

    /// Stores a device authorization, by one conditional write; returns whether its user code was free. Repeated, it
    /// recognises its own item.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written.
    #[boxed]
    pub async fn begin_device(&self, asked: &DeviceAuthorization) -> Result<bool, Fault> {
        let key = device_key(asked.user_code);
        let item = Expiring { item: StoredDevice(asked.clone()), expires_at: asked.ends_at.after(KEPT) };
        match Write::to(&self.0, key.clone()).if_new().put(&item).await? {
            Written::Done(_) => Ok(true),
            Written::Refused(None) => Ok(false),
            Written::Refused(Some(met)) => Ok(self.0.read::<StoredDevice>(&key, &met)?.0.attempt == asked.attempt),
        }
    }

    /// Returns a device authorization, open or not.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be read.
    #[boxed]
    pub async fn find_device(&self, code: UserCode) -> Result<Option<DeviceAuthorization>, Fault> {
        Ok(self.0.get(&device_key(code)).await?.map(|StoredDevice(asked)| asked))
    }

    /// Records that an app polled for its tokens, and the interval that it has to wait from now on, by one write.
    /// Repeated or raced, the last one counts.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written.
    #[boxed]
    pub async fn note_poll(&self, code: UserCode, interval: u32, now: Timestamp) -> Result<(), Fault> {
        let write = Write::to(&self.0, device_key(code)).set("polled_at", now).set("interval", interval);
        write.if_exists().update().await.map(|_: Written| ())
    }

    /// Records that a user denied an app on another device, by one write; returns whether it is denied now. Repeated or
    /// raced, the first answer counts.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written.
    #[boxed]
    pub async fn deny_device(&self, code: UserCode) -> Result<bool, Fault> {
        let key = device_key(code);
        let write = Write::to(&self.0, key.clone()).set("answer", DeviceAnswer::Denied);
        match write.if_exists().if_absent("answer").update().await? {
            Written::Done(_) => Ok(true),
            Written::Refused(None) => Ok(false),
            Written::Refused(Some(met)) => {
                let StoredDevice(met) = self.0.read(&key, &met)?;
                Ok(matches!(met.answer, Some(DeviceAnswer::Denied)))
            }
        }
    }

    /// Spends a client's assertion, by one conditional write; returns whether it was unspent. Repeated, it recognises
    /// its own attempt; raced, exactly one is first.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written.
    #[boxed]
    pub async fn spend_assertion(&self, spent: &SpentAssertion, now: Timestamp) -> Result<bool, Fault> {
        let (key, attempt) = (assertion_key(&spent.hash), WriteId::generate(now));
        let item = Expiring { item: Mark { attempt }, expires_at: spent.ends_at.after(KEPT) };
        match Write::to(&self.0, key.clone()).if_new().put(&item).await? {
            Written::Done(_) => Ok(true),
            Written::Refused(None) => Ok(false),
            Written::Refused(Some(met)) => Ok(self.0.read::<Mark>(&key, &met)?.attempt == attempt),
        }
    }

    /// Revokes an access token before it expires, by one write. Repeated, it is revoked again.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written.
    #[boxed]
    pub async fn revoke_token(&self, token: TokenId, expires_at: Timestamp, now: Timestamp) -> Result<(), Fault> {
        // Another machine's clock may be a little behind.
        let expires_at = expires_at.after(std::time::Duration::from_secs(3_600));
        let item = Expiring { item: Mark { attempt: WriteId::generate(now) }, expires_at };
        Write::to(&self.0, revoked_token_key(token)).put(&item).await.map(|_: Written| ())
    }
}
