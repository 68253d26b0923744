//! Notices: messages to a user about their account.

use crate::app::App;
use crate::domain::mail::message::{MailMessage, OutgoingMail};
use crate::domain::types::origin::Origin;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::upstream::identity::UpstreamIdentity;
use crate::domain::user::User;
use crate::domain::user::binding::{Binding, UserBinding};

/// Builds a mail to a user's address, if they have one and this deployment sends mail; it is not stored yet.
pub fn to_user(app: &App, user: &User, message: MailMessage, now: Timestamp) -> Option<OutgoingMail> {
    let to = user.email.as_ref().filter(|_| app.config.mail_from.is_some())?;
    Some(OutgoingMail::of(to, user.locale.as_ref(), message, now))
}

/// Builds a mail that tells a user what was added to their account, when and from where, with a link to say that it was
/// not them; it is not stored yet.
pub fn of_binding(app: &App, user: &User, what: Binding, origin: &Origin, now: Timestamp) -> Option<OutgoingMail> {
    let binding = UserBinding::new(user, what, now);
    to_user(app, user, MailMessage::Bound { binding, from: origin.address.clone(), issuer: None }, now)
}

/// The same mail about a link to this identity at a provider.
pub fn of_link(
    app: &App,
    user: &User,
    what: Binding,
    identity: &UpstreamIdentity,
    origin: &Origin,
    now: Timestamp,
) -> Option<OutgoingMail> {
    let (binding, issuer) = (UserBinding::new(user, what, now), Some(identity.issuer.clone()));
    to_user(app, user, MailMessage::Bound { binding, from: origin.address.clone(), issuer }, now)
}
