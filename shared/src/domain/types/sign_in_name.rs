//! What a user enters to identify themselves at sign-in: an e-mail address or a username.

use crate::domain::types::email::EmailAddress;
use crate::domain::types::invisible;
use crate::domain::types::username::Username;

/// An e-mail address or a username; the two cannot be confused, because only one of them has an `@`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignInName {
    /// An e-mail address.
    Email(EmailAddress),
    /// A username.
    Username(Username),
}

impl SignInName {
    /// Accepts a sign-in name as it was entered.
    ///
    /// # Errors
    ///
    /// The sentence to show when it is neither.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.contains('@') {
            EmailAddress::parse(text).map(Self::Email)
        } else {
            Username::parse(text).map(Self::Username).map_err(|mistake| match mistake.as_str() {
                invisible::MISTAKE => mistake,
                _ => "must be an e-mail address or a name".to_owned(),
            })
        }
    }

    /// The comparable form.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_space_of_the_keyboard_is_no_part_of_a_name() {
        for typed in ["ada@example.com ", " ada@example.com"] {
            assert_eq!(SignInName::parse(typed).unwrap().as_str(), "ada@example.com");
        }
        assert_eq!(SignInName::parse("ada ").unwrap().as_str(), "ada");
    }

    #[test]
    fn invisible_characters_are_named_as_the_mistake() {
        for typed in ["ada\u{200b}", "ada\u{200b}@example.com"] {
            assert_eq!(SignInName::parse(typed), Err(invisible::MISTAKE.to_owned()), "{typed:?}");
        }
        assert!(SignInName::parse("ada lovelace").unwrap_err().contains("a name"));
    }
}
