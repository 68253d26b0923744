//! A key that leaked ends at once: `{"RevokeKey": "its kid"}`, which `infra/operators/revoke-key.sh` sends.

use shared::app::App;
use shared::domain::audit::{AuditAction, AuditEvent};
use shared::domain::crypto::published_keys::PublishedKey;
use shared::domain::crypto::secret::Secret;
use shared::domain::types::id::WriteId;
use shared::domain::types::origin::Origin;
use shared::fault::Fault;
use shared::keys::secrets_manager::SecretVersion;

use crate::{mac, publication, signing};

/// Removes a key from its secret, and a signing key from the published ones first, so that what it signs is refused before
/// anything else happens. Another key of its kind takes its place at once. A key that retired and only verifies hints is removed
/// from the table.
///
/// If it is repeated after a fault, it does all of it again; after it was done, there is no such key. Raced with a rotation or
/// another revocation, the secret is replaced only if it is still the one that was read. A rotation that began before does not
/// bring the key back: it fails, and the next one begins with the secret as it is now.
///
/// # Errors
///
/// [`Fault::Broken`] when no key has this id, [`Fault::Unavailable`] when secrets or tables cannot be read or written.
pub(crate) async fn revoke(app: &App, kid: &str) -> Result<(), Fault> {
    let now = app.clock.now();
    let (signing_keys, mac_keys) = (&app.config.signing_keys_secret, &app.config.mac_keys_secret);
    let current = app.secrets.current(signing_keys).await?;
    if let Some(next) = signing::without(&current.value, kid, now)? {
        publication::publish(app, &next, Some(kid)).await?;
        return replace(app, signing_keys, &current, &next, kid).await;
    }
    let verifies_hints = |key: &PublishedKey| key.kid == kid && key.verifies_hints(app.config.longest_session(), now);
    if app.stores.keys.all().await?.iter().any(verifies_hints) {
        publication::publish(app, &current.value, Some(kid)).await?;
        return record(app, kid, WriteId::generate(now)).await;
    }
    let current = app.secrets.current(mac_keys).await?;
    match mac::without(&current.value, kid, now)? {
        Some(next) => replace(app, mac_keys, &current, &next, kid).await,
        None => Err(Fault::broken("no key has this id: it was revoked, or never was one")),
    }
}

/// Makes a new version of a secret current in place of the one that was read, after the event was recorded.
async fn replace(app: &App, secret_id: &str, current: &SecretVersion, next: &Secret, kid: &str) -> Result<(), Fault> {
    let version = WriteId::generate(app.clock.now());
    app.secrets.put_pending(secret_id, &version.to_string(), next).await?;
    record(app, kid, version).await?;
    app.secrets.promote(secret_id, &current.id, &version.to_string()).await
}

/// Records that a key is revoked.
async fn record(app: &App, kid: &str, version: WriteId) -> Result<(), Fault> {
    let origin = Origin { request_id: version.to_string(), ..Origin::default() };
    let event = AuditEvent::new(AuditAction::KeyRevoked, origin, app.clock.now()).about(kid);
    app.stores.audit.record(&event).await?;
    tracing::info!(kid, "a key was revoked");
    Ok(())
}
