//! The content of the two secrets, as JSON, and what holds for the keys of both.

use shared::domain::crypto::mac_keys::MacKeyEntry;
use shared::domain::crypto::secret::Secret;
use shared::domain::crypto::signing_algorithm::SigningAlgorithm;
use shared::domain::crypto::signing_keys::SigningKeyEntry;
use shared::domain::types::timestamp::Timestamp;
use shared::fault::Fault;

/// Reads a secret that may have no keys yet.
pub(crate) fn read<T: serde::de::DeserializeOwned>(secret: &Secret) -> Result<T, Fault> {
    serde_json::from_str(secret.expose()).map_err(|_| Fault::broken("the secret is not of our form"))
}

/// Writes a secret.
pub(crate) fn write(document: &impl serde::Serialize) -> Result<Secret, Fault> {
    serde_json::to_string(document).map(Secret::new).map_err(Fault::broken)
}

/// A key of a secret.
pub(crate) trait Key {
    /// Of each kind, one key is in use.
    type Kind: PartialEq;

    fn kid(&self) -> &str;
    fn kind(&self) -> Self::Kind;
    fn signs_from(&mut self) -> &mut Timestamp;
    fn retires_at(&self) -> Option<Timestamp>;
}

impl Key for SigningKeyEntry {
    type Kind = SigningAlgorithm;

    fn kid(&self) -> &str {
        &self.kid
    }

    fn kind(&self) -> SigningAlgorithm {
        self.alg
    }

    fn signs_from(&mut self) -> &mut Timestamp {
        &mut self.signs_from
    }

    fn retires_at(&self) -> Option<Timestamp> {
        self.retires_at
    }
}

impl Key for MacKeyEntry {
    type Kind = ();

    fn kid(&self) -> &str {
        &self.kid
    }

    fn kind(&self) {}

    fn signs_from(&mut self) -> &mut Timestamp {
        &mut self.signs_from
    }

    fn retires_at(&self) -> Option<Timestamp> {
        self.retires_at
    }
}

/// Removes the key with this id, and returns whether there was one. Another of its kind signs in its place from now on: the
/// newest, or a new one if the removed key was the newest.
///
/// # Errors
///
/// Those of `generate`.
pub(crate) fn remove<K: Key>(
    keys: &mut Vec<K>,
    kid: &str,
    now: Timestamp,
    generate: impl FnOnce(K::Kind) -> Result<K, Fault>,
) -> Result<bool, Fault> {
    let Some(position) = keys.iter().position(|key| key.kid() == kid) else { return Ok(false) };
    let removed = keys.remove(position);
    match keys.iter_mut().find(|key| key.kind() == removed.kind() && key.retires_at().is_none()) {
        Some(newest) => {
            let signs_from = newest.signs_from();
            *signs_from = now.min(*signs_from);
        }
        None => keys.push(generate(removed.kind())?),
    }
    Ok(true)
}

/// Returns whether a version has no key that was removed from the current one since: each that another one replaces is there.
pub(crate) fn descends<K: Key>(pending: &[K], current: &[K]) -> bool {
    let is_current = |key: &K| current.iter().any(|one| one.kid() == key.kid());
    pending.iter().all(|key| key.retires_at().is_none() || is_current(key))
}
