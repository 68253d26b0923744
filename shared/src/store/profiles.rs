//! Changes to a user's own profile.

use async_recursion::async_recursion as boxed;

use super::stores::Stores;
use super::transaction::Transaction;
use super::users::user_key;
use super::write::Write;
use crate::domain::audit::AuditEvent;
use crate::domain::types::id::WriteId;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::UserId;
use crate::domain::user::profile::ProfileChange;
use crate::fault::Fault;

impl Stores {
    /// Changes what `change` names of a user and nothing else, and records the event, in one transaction; returns
    /// whether it did, which it does not for a deleted user.
    ///
    /// Repeated, the transaction is recognised by its token; raced, the last one wins for each field that both name.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be written.
    #[boxed]
    pub async fn update_profile(
        &self,
        user: UserId,
        change: &ProfileChange,
        event: &AuditEvent,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let write = Write::to(&self.users.0, user_key(user))
            // Without anything to set, DynamoDB would refuse the expression.
            .set("id", user)
            .set_some("name", change.name.as_ref())
            .set_some("locale", change.locale.as_ref())
            .if_exists()
            .if_absent("deleted_at");
        let mut transaction = Transaction::new(WriteId::generate(now));
        transaction.add(write.into_update()?, false);
        self.audit.add_to(&mut transaction, event)?;
        transaction.commit(&self.client, true).await
    }
}
