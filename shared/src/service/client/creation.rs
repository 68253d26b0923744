//! Creating an app of an account, within its quota.

use async_recursion::async_recursion as boxed;

use crate::app::App;
use crate::domain::audit::AuditEvent;
use crate::domain::client::{Client, Owner};
use crate::domain::mail::message::OutgoingMail;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::User;
use crate::fault::Fault;
use crate::service::throttle;
use crate::store::AppCreated;

/// Creates an app of a user and records it, if their account may have one more: one transaction. Returns whether it
/// may.
///
/// A revocation does not change the count, so a full one is counted again before the app is refused, a few times a
/// day: counting costs as much as listing.
///
/// # Errors
///
/// [`Fault`] when the tables cannot be written; then there is no app.
#[boxed]
pub async fn create(
    app: &App,
    user: &User,
    new: &Client,
    notice: Option<&OutgoingMail>,
    event: &AuditEvent,
    now: Timestamp,
) -> Result<bool, Fault> {
    let owner = Owner::of(user);
    let create = || app.stores.create_app(owner, new, notice, event, app.config.quotas_of(user).apps);
    if create().await? == AppCreated::Done {
        return Ok(true);
    }
    if !throttle::charge_recount(app, owner.account_id, now).await? {
        return Ok(false);
    }
    app.stores.apps.recount(owner.account_id).await?;
    Ok(create().await? == AppCreated::Done)
}
