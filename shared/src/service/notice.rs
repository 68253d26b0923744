//! Notices: mails that tell a user what happened to their account.

use crate::app::App;
use crate::domain::mail::message::{MailMessage, OutgoingMail};
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::User;

/// A mail to a user at the address that they have, if they have one and this deployment sends mail; not yet stored.
pub fn to_user(app: &App, user: &User, message: MailMessage, now: Timestamp) -> Option<OutgoingMail> {
    let to = user.email.as_ref().filter(|_| app.config.mail_from.is_some())?;
    Some(OutgoingMail::new(to, user.locale.as_ref(), message, now))
}
