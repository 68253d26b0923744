//! A mail as it is sent, and whoever sends it.

use futures_util::future::BoxFuture;
use shared::domain::mail::sender::MailSender;
use shared::domain::types::email::EmailAddress;
use shared::fault::Fault;

/// A mail, ready to be sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// Where it goes.
    pub to: EmailAddress,
    /// Its subject.
    pub subject: String,
    /// It as plain text.
    pub text: String,
    /// It as HTML, which says the same.
    pub html: String,
}

/// Something that sends mail: Amazon SES, or a mailbox on a laptop.
pub trait SendMail: Send + Sync {
    /// Sends a mail.
    ///
    /// # Errors
    ///
    /// [`Fault`] when it was not accepted, or nobody knows whether it was: [`Fault::Broken`] if that is about this mail alone.
    fn send<'s>(&'s self, from: &'s MailSender, mail: &'s Mail) -> BoxFuture<'s, Result<(), Fault>>;
}
