//! What operators read is recorded: in the account that they looked at, so that its owner sees it, or in their own account
//! if it belongs to none.

use std::time::Duration;

use crate::app::App;
use crate::domain::audit::{AuditAction, AuditEvent};
use crate::domain::user::User;
use crate::domain::user::account::AccountId;
use crate::fault::Fault;
use crate::http::Request;

/// Of the reads of the same by one operator, one in this time is recorded: pages are many.
const WINDOW: Duration = Duration::from_secs(600);

/// What an operator read.
#[derive(Clone, Copy, Debug)]
pub enum OperatorRead<'r> {
    /// The users of all accounts.
    Users,
    /// The mails that are not sent, of all accounts.
    Mails,
    /// One user.
    User(&'r User),
    /// The audit trail of an account.
    Trail(AccountId),
    /// The events that belong to no account.
    TrailWithoutAccount,
}

/// Records what an operator read, before they see it, by one conditional write. Repeated or raced within the window, it finds
/// the event that is there.
///
/// # Errors
///
/// [`Fault`] when the audit trail cannot be written; then they do not see it.
pub async fn record(app: &App, request: &Request, operator: &User, read: OperatorRead<'_>) -> Result<(), Fault> {
    let now = app.clock.now();
    let event = |action| AuditEvent::new(action, request.origin(), now).of_user(operator);
    let event = match read {
        OperatorRead::Users => event(AuditAction::UsersListed),
        OperatorRead::Mails => event(AuditAction::MailsListed),
        OperatorRead::User(user) => event(AuditAction::UserRead).in_account(user.account_id).about(user.id),
        OperatorRead::Trail(account) => event(AuditAction::TrailRead).in_account(account).about(account),
        OperatorRead::TrailWithoutAccount => event(AuditAction::TrailRead),
    };
    app.stores.audit.record_once(&event.once_in(WINDOW)).await
}
