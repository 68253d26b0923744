//! Ending everything that was set up in a user's name.

use async_recursion::async_recursion as boxed;

use super::apps::client_key;
use super::stores::Stores;
use super::transaction::Transaction;
use super::users::{email_key, upstream_key, user_key};
use super::write::Write;
use crate::domain::audit::{AuditAction, AuditEvent};
use crate::domain::client::Client;
use crate::domain::types::id::WriteId;
use crate::domain::upstream::identity::UpstreamLink;
use crate::domain::user::User;
use crate::domain::user::binding::Binding;
use crate::fault::Fault;

/// A change of a user that ends everything that was set up in their name.
pub(super) struct Ending<'e> {
    pub(super) user: &'e User,
    /// The write to the user.
    pub(super) change: Write<'e>,
    /// The only link to a provider that they have afterwards, if any.
    pub(super) left: Option<&'e UpstreamLink>,
    /// Why it happens.
    pub(super) event: &'e AuditEvent,
}

/// The outcome of “this was not me”.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotMe {
    /// Everything ended.
    Done,
    /// Something else changed the user or the app meanwhile, and nothing was written.
    Raced,
}

impl Stores {
    /// Ends everything that was set up in a user's name, and their password too, because a user says that something was
    /// not added by them: `app` is disabled if it was that, and their former address is theirs again if it was another
    /// address. One transaction.
    ///
    /// Repeated, the transaction is recognised by its token; raced, exactly one is done.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be written; then nothing was written.
    #[boxed]
    pub async fn not_me(
        &self,
        user: &User,
        what: Binding,
        app: Option<&Client>,
        event: &AuditEvent,
    ) -> Result<NotMe, Fault> {
        let (users, now) = (&self.users.0, event.at);
        let mut transaction = Transaction::new(WriteId::generate(now));
        let change = Write::to(users, user_key(user.id))
            .remove("password_hash")
            .if_absent("disabled_at")
            .if_absent("deleted_at");
        let former = user.former_email_held(now).filter(|_| what == Binding::Email);
        let change = match former {
            Some(former) => {
                transaction.add(self.users.claim_email(&former.address, user.id, now)?, NotMe::Raced);
                if let Some(current) = &user.email {
                    let release = Write::to(users, email_key(current)).if_equal("user_id", user.id);
                    transaction.add(release.into_delete()?, NotMe::Raced);
                }
                let change = change.set("email", &former.address).set("email_verified_at", now);
                change.remove("former_email").if_is("email", user.email.as_ref())
            }
            None => change,
        };
        let ending = Ending { user, change, left: None, event };
        self.end_authenticators(&mut transaction, ending, NotMe::Raced)?;
        if let Some(app) = app {
            let disable = Write::to(&self.apps.0, client_key(&app.client_id)).set_once("disabled_at", now);
            let disable = disable.add("version", 1).if_exists().if_absent("revoked_at");
            transaction.add(disable.into_update()?, NotMe::Raced);
        }
        self.audit.add_to(&mut transaction, event)?;
        transaction.commit(&self.client, NotMe::Done).await
    }

    /// Adds to a transaction a change of a user that also ends everything that was set up in their name: sessions, codes
    /// and mailed links by their epoch, user keys and consents by the generation of their authenticators, links to
    /// providers by deleting them. If their address was not verified before, their apps wait until they decide about
    /// them. It is recorded beside the event that is why it happens.
    ///
    /// The outcome is `raced` if the user changed since they were read.
    pub(super) fn end_authenticators<R: Copy>(
        &self,
        transaction: &mut Transaction<R>,
        Ending { user, change, left, event }: Ending<'_>,
        raced: R,
    ) -> Result<(), Fault> {
        let next = user.authenticators.next();
        let change = change.set("epoch", user.epoch.next()).set("authenticators", next);
        let change = match left {
            Some(link) => change.set("upstream", [link]),
            None => change.remove("upstream"),
        };
        let change = if user.is_email_verified() { change } else { change.set("apps_from", next) };
        let change = change
            .if_equal("epoch", user.epoch)
            .if_is("upstream", Some(&user.upstream).filter(|links| !links.is_empty()));
        transaction.add(change.into_update()?, raced);
        for link in &user.upstream {
            let claim = Write::to(&self.users.0, upstream_key(&link.identity)).if_equal("user_id", user.id);
            transaction.add(claim.into_delete()?, raced);
        }
        self.audit.add_to(transaction, &event.beside(AuditAction::AuthenticatorsEnded))
    }
}
