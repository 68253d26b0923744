//! What somebody types to say who they are: an e-mail address, or a name of their own.

use crate::domain::types::email::EmailAddress;
use crate::domain::types::username::Username;

/// An e-mail address or a name; the two cannot be confused, because only one of them has an `@`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignInName {
    /// An e-mail address.
    Email(EmailAddress),
    /// A name.
    Username(Username),
}

impl SignInName {
    /// Accepts what somebody typed.
    ///
    /// # Errors
    ///
    /// The sentence to show when it can be neither.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.contains('@') {
            EmailAddress::parse(text).map(Self::Email)
        } else {
            Username::parse(text).map(Self::Username).map_err(|_| "must be an e-mail address or a name".to_owned())
        }
    }

    /// Its comparable form.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Email(email) => email.as_str(),
            Self::Username(username) => username.as_str(),
        }
    }
}

impl From<EmailAddress> for SignInName {
    fn from(email: EmailAddress) -> Self {
        Self::Email(email)
    }
}
