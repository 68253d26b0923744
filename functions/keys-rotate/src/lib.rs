//! The rotation function of the two secrets: it generates every key, including the first ones.
//!
//! Secrets Manager calls it with four steps, each of which may be repeated. A new key is published before it can sign,
//! signs two hours later, and is deleted two hours after its last token has expired; the very first key signs at once.
//! Operators call it to revoke a key.

mod document;
mod event;
mod mac;
mod publication;
mod revocation;
mod signing;

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use shared::app::App;
use shared::domain::audit::{AuditAction, AuditEvent};
use shared::domain::crypto::secret::Secret;
use shared::domain::types::origin::Origin;
use shared::fault::Fault;

use event::{Event, Kind, Rotation, Step};

/// How long a new key is public before it signs: as long as API Gateway's JWT authorizer may cache an old JWKS.
pub(crate) const PUBLISHED_BEFORE: Duration = Duration::from_secs(2 * 3_600);

/// Runs one step of a rotation, or revokes a key.
///
/// # Errors
///
/// [`Fault`] when it failed; Secrets Manager then repeats the step, and an operator the revocation.
pub async fn handle(app: Arc<App>, event: Value) -> Result<(), Fault> {
    match serde_json::from_value(event).map_err(Fault::broken)? {
        Event::Rotation(step) => rotate(&app, &step).await,
        Event::Revocation(asked) => revocation::revoke(&app, &asked.kid).await,
    }
}

async fn rotate(app: &App, event: &Rotation) -> Result<(), Fault> {
    let kind = Kind::of(app, &event.secret_id)?;
    match event.step {
        Step::Create => create(app, event, kind).await,
        Step::Set => publish(app, event, kind).await,
        Step::Test => test(app, event, kind).await,
        Step::Finish => finish(app, event, kind).await,
    }
}

/// Adds a key to those in use. If it is repeated, it finds the version that it created.
async fn create(app: &App, event: &Rotation, kind: Kind) -> Result<(), Fault> {
    if app.secrets.version(&event.secret_id, &event.client_request_token).await?.is_some() {
        return Ok(());
    }
    let current = app.secrets.current(&event.secret_id).await?.value;
    let now = app.clock.now();
    let next = match kind {
        Kind::Signing => signing::rotated(&current, now)?,
        Kind::Mac => mac::rotated(&current, app.config.refresh, now)?,
    };
    app.secrets.put_pending(&event.secret_id, &event.client_request_token, &next).await
}

/// Publishes the public keys with the issuer, before anything can be signed with them. If it is repeated, it writes the same again.
async fn publish(app: &App, event: &Rotation, kind: Kind) -> Result<(), Fault> {
    match kind {
        Kind::Signing => publication::publish(app, &pending(app, event, kind).await?, None).await,
        Kind::Mac => Ok(()),
    }
}

/// Checks that the new version can be used and that its keys are published.
async fn test(app: &App, event: &Rotation, kind: Kind) -> Result<(), Fault> {
    let pending = pending(app, event, kind).await?;
    match kind {
        Kind::Signing => signing::check(&pending, &app.stores.keys.read().await?, app.clock.now()),
        Kind::Mac => mac::check(&pending, app.clock.now()),
    }
}

/// Promotes the new version. The audit event is recorded first, because Secrets Manager does not repeat the step after the
/// promotion. If the step is repeated, it finds the version in use.
async fn finish(app: &App, event: &Rotation, kind: Kind) -> Result<(), Fault> {
    let current = app.secrets.current(&event.secret_id).await?;
    if current.id == event.client_request_token {
        return Ok(());
    }
    version_after(app, event, kind, &current.value).await?;
    let origin = Origin { request_id: event.client_request_token.clone(), ..Origin::default() };
    let rotated = AuditEvent::new(AuditAction::KeysRotated, origin, app.clock.now()).about(&event.secret_id);
    app.stores.audit.record(&rotated).await?;
    app.secrets.promote(&event.secret_id, &current.id, &event.client_request_token).await?;
    tracing::info!(secret = event.secret_id, "keys rotated");
    Ok(())
}

async fn pending(app: &App, event: &Rotation, kind: Kind) -> Result<Secret, Fault> {
    let current = app.secrets.current(&event.secret_id).await?;
    version_after(app, event, kind, &current.value).await
}

/// The version to rotate to, if it has no key that was revoked since it was created.
async fn version_after(app: &App, event: &Rotation, kind: Kind, current: &Secret) -> Result<Secret, Fault> {
    let version = app.secrets.version(&event.secret_id, &event.client_request_token).await?;
    let version = version.ok_or_else(|| Fault::broken("the version to rotate to does not exist"))?;
    let descends = match kind {
        Kind::Signing => signing::descends(&version, current)?,
        Kind::Mac => mac::descends(&version, current)?,
    };
    if descends { Ok(version) } else { Err(Fault::broken("a key was revoked during the rotation: rotate again")) }
}
