//! MAC keys: they make opaque tokens verifiable without reading a table.

use aws_lc_rs::{hkdf, hmac};
use serde::{Deserialize, Serialize};

use crate::domain::crypto::base64url;
use crate::domain::crypto::secret::Secret;
use crate::domain::types::timestamp::Timestamp;
use crate::fault::Fault;

/// A key's id, part of every token that it authenticates.
pub type MacKeyId = [u8; 4];

/// The secret `MacKeys` as Secrets Manager stores it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct MacKeysDocument {
    /// The keys, oldest first; empty until the first rotation.
    pub keys: Vec<MacKeyEntry>,
}

/// One master key of a [`MacKeysDocument`].
#[derive(Serialize, Deserialize)]
pub struct MacKeyEntry {
    /// The key's id, 4 bytes in base64url.
    pub kid: String,
    /// 32 random bytes in base64url, from which one key for each purpose is derived.
    pub master: String,
    /// When it starts to sign, so that every function has read it before it receives a token made with it.
    pub signs_from: Timestamp,
    /// When its last token has expired; absent while it is the newest key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retires_at: Option<Timestamp>,
}

impl std::fmt::Debug for MacKeyEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MacKeyEntry").field("kid", &self.kid).finish_non_exhaustive()
    }
}

/// What a key is for; a MAC for one purpose is invalid for another.
#[derive(Clone, Copy, Debug)]
pub enum Purpose {
    /// Refresh tokens.
    RefreshToken,
    /// Forms on our pages.
    Form,
    /// Links in mails.
    MailedLink,
    /// Links by which users say that they did not change their account.
    NotMe,
    /// Links by which users undo the deletion of their account.
    Restore,
    /// The secrets of an attempt to sign in with the upstream provider.
    UpstreamAttempt,
}

impl Purpose {
    const fn label(self) -> &'static [u8] {
        match self {
            Self::RefreshToken => b"driftwood refresh token v1",
            Self::Form => b"driftwood form v1",
            Self::MailedLink => b"driftwood mailed link v1",
            Self::NotMe => b"driftwood not me v1",
            Self::Restore => b"driftwood restore v1",
            Self::UpstreamAttempt => b"driftwood upstream attempt v1",
        }
    }
}

struct MacKey {
    id: MacKeyId,
    signs_from: Timestamp,
    refresh_token: hmac::Key,
    form: hmac::Key,
    mailed_link: hmac::Key,
    not_me: hmac::Key,
    restore: hmac::Key,
    upstream_attempt: hmac::Key,
}

/// The MAC keys in use, each derived for each purpose.
pub struct MacKeys(Vec<MacKey>);

impl MacKeys {
    /// One fixed key, for tests.
    #[cfg(test)]
    pub fn fixed() -> Self {
        let entry = MacKeyEntry {
            kid: base64url::encode(&[1; 4]),
            master: base64url::encode(&[7; 32]),
            signs_from: Timestamp::from_seconds(0),
            retires_at: None,
        };
        let document = serde_json::to_string(&MacKeysDocument { keys: vec![entry] }).unwrap_or_default();
        Self::read(&Secret::new(document)).unwrap_or_else(|fault| panic!("{fault}"))
    }

    /// Parses a secret and derives the keys.
    ///
    /// # Errors
    ///
    /// [`Fault::Unavailable`] while no key exists yet, [`Fault::Broken`] when the secret cannot be parsed.
    pub fn read(secret: &Secret) -> Result<Self, Fault> {
        let document: MacKeysDocument =
            serde_json::from_str(secret.expose()).map_err(|_| Fault::broken("the secret MacKeys cannot be parsed"))?;
        if document.keys.is_empty() {
            return Err(Fault::unavailable("no MAC key exists yet: keys-rotate has not run"));
        }
        let keys: Option<Vec<MacKey>> = document.keys.iter().map(derive).collect();
        keys.map(Self).ok_or_else(|| Fault::broken("a key of the secret MacKeys is damaged"))
    }

    /// Signs a new message with the newest key that may sign now.
    ///
    /// # Errors
    ///
    /// [`Fault::Unavailable`] when no key may sign yet.
    pub fn sign(
        &self,
        purpose: Purpose,
        now: Timestamp,
        message: impl FnOnce(MacKeyId) -> Vec<u8>,
    ) -> Result<(Vec<u8>, hmac::Tag), Fault> {
        let key = self.0.iter().filter(|key| key.signs_from <= now).max_by_key(|key| key.signs_from);
        let key = key.ok_or_else(|| Fault::unavailable("no MAC key may be used yet"))?;
        let message = message(key.id);
        let tag = hmac::sign(key.for_purpose(purpose), &message);
        Ok((message, tag))
    }

    /// Returns whether there is a key with this id.
    pub fn has(&self, id: MacKeyId) -> bool {
        self.0.iter().any(|key| key.id == id)
    }

    /// Signs a message with the key that has this id; `None` when there is no such key.
    pub fn sign_with(&self, purpose: Purpose, id: MacKeyId, message: &[u8]) -> Option<hmac::Tag> {
        let key = self.0.iter().find(|key| key.id == id)?;
        Some(hmac::sign(key.for_purpose(purpose), message))
    }

    /// Returns whether a MAC is valid, in constant time; `None` when no key has this id.
    pub fn verify(&self, purpose: Purpose, id: MacKeyId, message: &[u8], mac: &[u8]) -> Option<bool> {
        let key = self.0.iter().find(|key| key.id == id)?;
        Some(hmac::verify(key.for_purpose(purpose), message, mac).is_ok())
    }
}

impl MacKey {
    const fn for_purpose(&self, purpose: Purpose) -> &hmac::Key {
        match purpose {
            Purpose::RefreshToken => &self.refresh_token,
            Purpose::Form => &self.form,
            Purpose::MailedLink => &self.mailed_link,
            Purpose::NotMe => &self.not_me,
            Purpose::Restore => &self.restore,
            Purpose::UpstreamAttempt => &self.upstream_attempt,
        }
    }
}

fn derive(entry: &MacKeyEntry) -> Option<MacKey> {
    let master = base64url::decode(&entry.master).filter(|master| master.len() == 32)?;
    let extracted = hkdf::Salt::none(hkdf::HKDF_SHA256).extract(&master);
    let for_purpose = |purpose: Purpose| {
        let label = [purpose.label()];
        Some(hmac::Key::from(extracted.expand(&label, hmac::HMAC_SHA256).ok()?))
    };
    Some(MacKey {
        id: base64url::decode(&entry.kid)?.try_into().ok()?,
        signs_from: entry.signs_from,
        refresh_token: for_purpose(Purpose::RefreshToken)?,
        form: for_purpose(Purpose::Form)?,
        mailed_link: for_purpose(Purpose::MailedLink)?,
        not_me: for_purpose(Purpose::NotMe)?,
        restore: for_purpose(Purpose::Restore)?,
        upstream_attempt: for_purpose(Purpose::UpstreamAttempt)?,
    })
}
