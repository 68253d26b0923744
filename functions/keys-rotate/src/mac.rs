//! MAC keys: every rotation adds one, and none is deleted before its last token has expired.

use shared::domain::crypto::base64url;
use shared::domain::crypto::mac_keys::{MacKeyEntry, MacKeys, MacKeysDocument};
use shared::domain::crypto::random;
use shared::domain::crypto::secret::Secret;
use shared::domain::session::id::SessionId;
use shared::domain::session::kind::TokenKind;
use shared::domain::session::lifetimes::RefreshLifetimes;
use shared::domain::session::refresh_token::RefreshToken;
use shared::domain::types::timestamp::Timestamp;
use shared::domain::user::UserId;
use shared::domain::user::deletion::LONGEST_GRACE;
use shared::fault::Fault;

use crate::{PUBLISHED_BEFORE, document};

/// The keys after a rotation. A refresh token expires once it was idle for its lifetime, a link to restore an account with its
/// grace period, and then their key is not needed.
pub(crate) fn rotated(current: &Secret, lifetimes: RefreshLifetimes, now: Timestamp) -> Result<Secret, Fault> {
    let mut document: MacKeysDocument = document::read(current)?;
    document.keys.retain(|key| key.retires_at.is_none_or(|retires_at| now < retires_at));
    let signs_from = if document.keys.is_empty() { now } else { now.after(PUBLISHED_BEFORE) };
    for key in &mut document.keys {
        key.retires_at.get_or_insert(signs_from.after(lifetimes.idle.max(LONGEST_GRACE)).after(PUBLISHED_BEFORE));
    }
    document.keys.push(generate(signs_from));
    document::write(&document)
}

fn generate(signs_from: Timestamp) -> MacKeyEntry {
    MacKeyEntry {
        kid: base64url::encode(&random::bytes::<4>()),
        master: base64url::encode(&random::bytes::<32>()),
        signs_from,
        retires_at: None,
    }
}

/// The keys without the one that has this id, if there is one. The key in its place is used at once.
pub(crate) fn without(current: &Secret, kid: &str, now: Timestamp) -> Result<Option<Secret>, Fault> {
    let mut document: MacKeysDocument = document::read(current)?;
    let is_there = document::remove(&mut document.keys, kid, now, |()| Ok(generate(now)))?;
    is_there.then(|| document::write(&document)).transpose()
}

/// Returns whether a version has no key that was revoked.
pub(crate) fn descends(pending: &Secret, current: &Secret) -> Result<bool, Fault> {
    let (pending, current): (MacKeysDocument, MacKeysDocument) = (document::read(pending)?, document::read(current)?);
    Ok(document::descends(&pending.keys, &current.keys))
}

/// Issues a token and parses it, as the functions will.
pub(crate) fn check(pending: &Secret, now: Timestamp) -> Result<(), Fault> {
    let keys = MacKeys::read(pending)?;
    let (token, _) = RefreshToken::first(UserId::generate(now), SessionId::generate(now), TokenKind::FirstParty);
    match RefreshToken::parse(token.issue(&keys, now)?.expose(), &keys) {
        Ok(read) if read == token => Ok(()),
        _ => Err(Fault::broken("a new token cannot be read")),
    }
}
