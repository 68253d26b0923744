//! Accounts that give up their address, because they never verified it and are not used.

use async_recursion::async_recursion as boxed;
use futures_util::future::try_join4;

use crate::app::App;
use crate::domain::session::Session;
use crate::domain::types::email::EmailAddress;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::User;
use crate::fault::Fault;

/// Returns the user with this address if they must give it up: they never verified it, and either their account is deleted,
/// or it is old and nothing was done with it. Imported users keep theirs as long as they are not deleted: what they did
/// before is unknown. So do all users where no mail is sent, because no address can be verified there.
///
/// # Errors
///
/// [`Fault`] when the tables cannot be read.
#[boxed]
pub async fn user_with(app: &App, email: Option<&EmailAddress>, now: Timestamp) -> Result<Option<User>, Fault> {
    let Some(email) = email else { return Ok(None) };
    let Some(id) = app.stores.users.find_by_name(&email.clone().into()).await? else { return Ok(None) };
    let user = app.stores.users.find(id).await?.filter(|user| !user.is_email_verified());
    let Some(user) = user else { return Ok(None) };
    if user.has_given_up_email() {
        return Ok(Some(user));
    }
    let is_late = user.created_at.after(app.config.unverified_address_lifetime) <= now;
    let may_be_abandoned = app.config.mail_from.is_some() && user.import_id.is_none() && is_late;
    Ok((may_be_abandoned && is_unused(app, &user).await?).then_some(user))
}

/// Returns whether nothing was done with an account after its registration: there is no other sign-in and no refresh, and
/// no key, app or contact.
async fn is_unused(app: &App, user: &User) -> Result<bool, Fault> {
    let (sessions, keys, apps, contacts) = try_join4(
        app.stores.sessions.list(user.id, 2),
        app.stores.users.keys(user.id),
        app.stores.apps.list(user.account_id, None, 1, true),
        app.stores.contacts.list(user.account_id, None, 1),
    )
    .await?;
    let is_untouched =
        |session: &Session| session.created_at == user.created_at && session.rotated_at == user.created_at;
    let is_only_registered = sessions.len() <= 1 && sessions.iter().all(is_untouched);
    Ok(is_only_registered && keys.is_empty() && apps.0.is_empty() && contacts.0.is_empty())
}
