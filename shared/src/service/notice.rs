//! Notices: messages to a user about their account.

use crate::app::App;
use crate::domain::mail::message::{MailMessage, OutgoingMail};
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::User;

/// Builds a mail to a user's address, if they have one and this deployment sends mail; it is not stored yet.
pub fn to_user(app: &App, user: &User, message: MailMessage, now: Timestamp) -> Option<OutgoingMail> {
    let to = user.email.as_ref().filter(|_| app.config.mail_from.is_some())?;
    Some(OutgoingMail::new(to, user.locale.as_ref(), message, now))
}
