//! Signing keys: every rotation adds one RSA and one P-256 key.

use std::time::Duration;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RsaKeyPair};
use serde_json::json;
use shared::domain::crypto::published_keys::{PublishedKey, PublishedKeys};
use shared::domain::crypto::secret::Secret;
use shared::domain::crypto::signing_algorithm::SigningAlgorithm;
use shared::domain::crypto::signing_keys::{SigningKeyEntry, SigningKeys, SigningKeysDocument};
use shared::domain::types::timestamp::Timestamp;
use shared::fault::Fault;

use crate::{PUBLISHED_BEFORE, document};

/// The maximum lifetime of a token (`Config` limits the lifetimes).
const LONGEST_TOKEN: Duration = Duration::from_secs(7_200);

/// The keys after a rotation: the new ones and their predecessors, without those that no token needs.
pub(crate) fn rotated(current: &Secret, now: Timestamp) -> Result<Secret, Fault> {
    let mut document: SigningKeysDocument = document::read(current)?;
    document.keys.retain(|key| key.retires_at.is_none_or(|retires_at| now < retires_at));
    let signs_from = if document.keys.is_empty() { now } else { now.after(PUBLISHED_BEFORE) };
    let retires_at = signs_from.after(LONGEST_TOKEN).after(PUBLISHED_BEFORE);
    for key in &mut document.keys {
        key.retires_at.get_or_insert(retires_at);
    }
    for algorithm in [SigningAlgorithm::RS256, SigningAlgorithm::ES256] {
        document.keys.push(SigningKeyEntry::new(algorithm, &generate(algorithm)?, signs_from)?);
    }
    document::write(&document)
}

/// The keys without the one that has this id, if there is one. The key in its place signs at once.
pub(crate) fn without(current: &Secret, kid: &str, now: Timestamp) -> Result<Option<Secret>, Fault> {
    let mut document: SigningKeysDocument = document::read(current)?;
    let generate = |algorithm| SigningKeyEntry::new(algorithm, &generate(algorithm)?, now);
    let is_there = document::remove(&mut document.keys, kid, now, generate)?;
    is_there.then(|| document::write(&document)).transpose()
}

/// Returns whether a version has no key that was revoked.
pub(crate) fn descends(pending: &Secret, current: &Secret) -> Result<bool, Fault> {
    let (pending, current): (SigningKeysDocument, SigningKeysDocument) =
        (document::read(pending)?, document::read(current)?);
    Ok(document::descends(&pending.keys, &current.keys))
}

/// The public parts.
pub(crate) fn published(pending: &Secret) -> Result<Vec<PublishedKey>, Fault> {
    let document: SigningKeysDocument = document::read(pending)?;
    document.keys.iter().map(SigningKeyEntry::published).collect()
}

/// Signs with each algorithm, as the functions will, and checks that every key is published.
pub(crate) fn check(pending: &Secret, published_keys: &PublishedKeys, now: Timestamp) -> Result<(), Fault> {
    let keys = SigningKeys::read(pending)?;
    for algorithm in [SigningAlgorithm::RS256, SigningAlgorithm::ES256] {
        keys.sign(algorithm, "test+jwt", &json!({}), now)?;
    }
    let all_published = published(pending)?.iter().all(|key| published_keys.find(&key.kid, now).is_some());
    if all_published { Ok(()) } else { Err(Fault::broken("a key is not published")) }
}

fn generate(algorithm: SigningAlgorithm) -> Result<Vec<u8>, Fault> {
    let failed = |_| Fault::broken("a key could not be generated");
    match algorithm {
        SigningAlgorithm::RS256 => {
            let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(failed)?;
            Ok(AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(&pair).map_err(failed)?.as_ref().to_vec())
        }
        SigningAlgorithm::ES256 => {
            let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(failed)?;
            Ok(pair.to_pkcs8v1().map_err(failed)?.as_ref().to_vec())
        }
    }
}
