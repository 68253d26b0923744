//! Ending everything that was set up in a user's name.

use super::stores::Stores;
use super::transaction::Transaction;
use super::users::upstream_key;
use super::write::Write;
use crate::domain::audit::{AuditAction, AuditEvent};
use crate::domain::user::User;
use crate::fault::Fault;

impl Stores {
    /// Adds to a transaction a change of a user that also ends everything that was set up in their name: sessions, codes
    /// and mailed links by their epoch, user keys and consents by the generation of their authenticators, links to
    /// providers by deleting them. If their address was not verified before, their apps wait until they decide about
    /// them. It is recorded beside `event`, which is why it happens.
    ///
    /// `change` is a write to the user; the outcome is `raced` if the user changed since they were read.
    pub(super) fn end_authenticators<R: Copy>(
        &self,
        transaction: &mut Transaction<R>,
        user: &User,
        change: Write<'_>,
        event: &AuditEvent,
        raced: R,
    ) -> Result<(), Fault> {
        let next = user.authenticators.next();
        let change = change.set("epoch", user.epoch.next()).set("authenticators", next).remove("upstream");
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
