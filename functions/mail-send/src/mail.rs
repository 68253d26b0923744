//! A mail as it is sent, and the service that sends it.

use futures_util::future::BoxFuture;
use shared::domain::mail::sender::MailSender;
use shared::domain::types::email::EmailAddress;
use shared::fault::Fault;

/// A mail, ready to be sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// The recipient.
    pub to: EmailAddress,
    /// Its subject.
    pub subject: String,
    /// The body as plain text.
    pub text: String,
    /// The body as HTML, with the same content.
    pub html: String,
}

/// Something that sends mail: Amazon SES, or a mailbox on a laptop.
pub trait SendMail: Send + Sync {
    /// Sends a mail.
    ///
    /// # Errors
    ///
    /// [`Fault`] when it was not accepted or that is unknown; [`Fault::Broken`] if the cause is this mail alone.
    fn send<'s>(&'s self, from: &'s MailSender, mail: &'s Mail) -> BoxFuture<'s, Result<(), Fault>>;
}
