//! A link together with the mail that contains it: they are stored in one transaction, or not at all.

use crate::domain::crypto::mac_keys::MacKeys;
use crate::domain::email_link::{LinkPurpose, LinkSeed, LinkUser, MailedLink};
use crate::domain::mail::message::{MailMessage, OutgoingMail};
use crate::domain::types::email::EmailAddress;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::{Epoch, User, UserId};
use crate::fault::Fault;

/// A link and its mail; nothing is stored yet.
#[derive(Clone, Debug)]
pub struct LinkMail {
    /// The link.
    pub link: MailedLink,
    /// The mail.
    pub mail: OutgoingMail,
}

impl LinkMail {
    /// A link for a user, mailed to their current or their requested new address.
    ///
    /// # Errors
    ///
    /// [`Fault`] when no MAC key may be used yet.
    pub fn to_user(
        purpose: LinkPurpose,
        user: &User,
        to: &EmailAddress,
        keys: &MacKeys,
        now: Timestamp,
    ) -> Result<Self, Fault> {
        let (link, seed) = MailedLink::new(purpose, user.into(), to, keys, now)?;
        Ok(Self { link, mail: OutgoingMail::of(to, user.locale.as_ref(), message(seed), now) })
    }

    /// A link for an address that no user has: the same work, and no mail. The link does not contain the address, because
    /// it belongs to no user, or not any longer.
    ///
    /// # Errors
    ///
    /// [`Fault`] when no MAC key may be used yet.
    pub fn to_unknown_address(
        purpose: LinkPurpose,
        to: &EmailAddress,
        keys: &MacKeys,
        now: Timestamp,
    ) -> Result<Self, Fault> {
        let email = EmailAddress::undeliverable();
        let no_user = LinkUser { id: UserId::generate(now), email: Some(&email), epoch: Epoch::FIRST };
        let (link, _) = MailedLink::new(purpose, no_user, &email, keys, now)?;
        Ok(Self { link, mail: OutgoingMail::of(to, None, MailMessage::Nothing, now) })
    }
}

const fn message(link: LinkSeed) -> MailMessage {
    match link.purpose {
        LinkPurpose::VerifyEmail => MailMessage::VerifyEmail { link },
        LinkPurpose::ResetPassword => MailMessage::ResetPassword { link },
        LinkPurpose::ChangeEmail => MailMessage::ChangeEmail { link },
    }
}
