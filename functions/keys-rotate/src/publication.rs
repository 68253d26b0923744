//! Publishing the public keys with the issuer.

use shared::app::App;
use shared::domain::crypto::published_keys::PublishedKey;
use shared::domain::crypto::secret::Secret;
use shared::fault::Fault;

use crate::signing;

/// Publishes the public parts of a version of the signing keys, and nothing else. Those that retired since stay in the table for
/// hints, except one that was revoked: what it signs may be anyone's. If it is repeated, it writes the same again; of two that
/// race, the last one wins.
pub(crate) async fn publish(app: &App, version: &Secret, revoked: Option<&str>) -> Result<(), Fault> {
    let issuer = app
        .config
        .issuer
        .as_deref()
        .ok_or_else(|| Fault::broken("ISSUER_URL is not set, so there is no issuer to publish"))?;
    let (keys, now) = (signing::published(version)?, app.clock.now());
    let is_kept = |key: &PublishedKey| {
        let is_former = keys.iter().all(|current| current.kid != key.kid) && revoked != Some(key.kid.as_str());
        is_former && key.verifies_hints(app.config.longest_session(), now)
    };
    let retired: Vec<_> = app.stores.keys.all().await?.into_iter().filter(is_kept).collect();
    app.stores.keys.publish(issuer, &keys, &retired).await
}
