//! Verification of a key's secret.

use shared::app::App;
use shared::domain::password::{Password, PasswordHash, Verified};
use shared::domain::types::timestamp::Timestamp;
use shared::domain::user::User;
use shared::domain::user_key::{UserKey, UserKeyName};
use shared::fault::Fault;
use shared::http::Request;
use shared::service::counted_sign_in::{self, CountedSignIn};
use shared::service::session::sign_in;
use shared::service::throttle::Throttled;
use shared::store::Load;

/// Counts a sign-in, and returns the user and the key to which this secret belongs. An unknown or revoked key, a wrong
/// secret and a disabled user cost the same work: the counts, one batch read, one hash, and one write to the audit
/// trail, of the user's account or without an account.
///
/// # Errors
///
/// [`Throttled`] only.
pub(crate) async fn verify(
    app: &App,
    name: UserKeyName,
    secret: &Password,
    request: &Request,
    now: Timestamp,
) -> Result<Option<(User, UserKey, CountedSignIn)>, Throttled> {
    let load = Load { user: Some(name.user_id), key: Some(name.key_id), ..Load::default() };
    let (counted, loaded) = counted_sign_in::count(app, &name.to_string(), request, now, app.load(load)).await?;
    let expected = loaded.user.as_ref().zip(loaded.key.as_ref()).and_then(|(user, key)| key.expected(user));
    let verified = app.passwords.verify(secret, expected).await.map_err(Fault::broken)?;
    let live = loaded.user.as_ref().zip(loaded.key.as_ref());
    let live = live.filter(|(user, _)| user.is_enabled() && verified != Verified::Wrong);
    let Some((user, key)) = live else {
        let refusal = sign_in::key_refusal(name, loaded.user.as_ref(), request.origin(), now);
        app.stores.audit.record(&refusal).await?;
        return Ok(None);
    };
    if let Verified::Outdated(new) = &verified {
        upgrade(app, user, key, new).await?;
    }
    Ok(Some((user.clone(), key.clone(), counted)))
}

/// Replaces an outdated hash, of the key or of the user's password, by one of the current cost.
async fn upgrade(app: &App, user: &User, key: &UserKey, new: &PasswordHash) -> Result<(), Fault> {
    if key.secret_hash.is_some() {
        app.stores.users.upgrade_key_hash(key, new).await
    } else {
        app.stores.users.upgrade_password_hash(user, new).await
    }
}
