//! Publishing the public keys with the issuer.

use shared::app::App;
use shared::domain::crypto::secret::Secret;
use shared::fault::Fault;

use crate::signing;

/// Publishes the public parts of a version of the signing keys, and nothing else. If it is repeated, it writes the same again;
/// of two that race, the last one wins.
pub(crate) async fn publish(app: &App, version: &Secret) -> Result<(), Fault> {
    let issuer = app
        .config
        .issuer
        .as_deref()
        .ok_or_else(|| Fault::broken("ISSUER_URL is not set, so there is no issuer to publish"))?;
    app.stores.keys.publish(issuer, &signing::published(version)?).await
}
