//! A link together with the mail that carries it: they are stored in one transaction, or not at all.

use crate::app::App;
use crate::clock::Timestamp;
use crate::email::EmailAddress;
use crate::fault::Fault;
use crate::letter::{Letter, OutgoingMail};
use crate::mailed_link::{LinkPerson, LinkPurpose, LinkSeed, MailedLink};
use crate::user::{Epoch, User, UserId};

/// A link and its mail; nothing is stored yet.
#[derive(Clone, Debug)]
pub struct PostedLink {
    /// The link.
    pub link: MailedLink,
    /// The mail.
    pub mail: OutgoingMail,
}

impl PostedLink {
    /// A link for a person, mailed to an address: theirs, or the one that they want.
    ///
    /// # Errors
    ///
    /// [`Fault`] when there is no MAC key.
    pub async fn to_person(
        app: &App,
        purpose: LinkPurpose,
        user: &User,
        to: &EmailAddress,
        now: Timestamp,
    ) -> Result<Self, Fault> {
        let keys = app.keys.mac().await?;
        let (link, seed) = MailedLink::new(purpose, user.into(), to, &keys, now)?;
        Ok(Self { link, mail: OutgoingMail::new(to, user.locale.as_ref(), letter(seed), now) })
    }

    /// What an address gets that nobody has: as much work, and no mail. The link does not hold it: whoever typed it is no user
    /// of ours, or not any more.
    ///
    /// # Errors
    ///
    /// [`Fault`] when there is no MAC key.
    pub async fn to_nobody(app: &App, purpose: LinkPurpose, to: &EmailAddress, now: Timestamp) -> Result<Self, Fault> {
        let keys = app.keys.mac().await?;
        let email = EmailAddress::of_nobody();
        let nobody = LinkPerson { id: UserId::generate(now), email: Some(&email), epoch: Epoch::FIRST };
        let (link, _) = MailedLink::new(purpose, nobody, &email, &keys, now)?;
        Ok(Self { link, mail: OutgoingMail::new(to, None, Letter::Nothing, now) })
    }
}

const fn letter(link: LinkSeed) -> Letter {
    match link.purpose {
        LinkPurpose::VerifyEmail => Letter::VerifyEmail { link },
        LinkPurpose::ResetPassword => Letter::ResetPassword { link },
        LinkPurpose::ChangeEmail => Letter::ChangeEmail { link },
    }
}
