//! Which new passwords are accepted (NIST SP 800-63B-4 §3.1.1.2).

use crate::domain::password::common;
use crate::domain::password::typed::Password;
use crate::domain::types::display_name::DisplayName;
use crate::domain::types::email::EmailAddress;
use crate::domain::types::username::Username;

/// The user's data that their password must not contain.
#[derive(Clone, Copy, Debug, Default)]
pub struct Personal<'p> {
    /// Their e-mail address.
    pub email: Option<&'p EmailAddress>,
    /// Their username.
    pub username: Option<&'p Username>,
    /// Their display name.
    pub name: Option<&'p DisplayName>,
}

/// The policy for new passwords: long enough, and not a common one.
///
/// There are no composition rules and no expiry, because they make passwords worse.
#[derive(Clone, Copy, Debug)]
pub struct PasswordPolicy {
    /// The fewest characters. 15 where a password is the only factor, 8 with a second one (NIST SP 800-63B-4 §3.1.1.2).
    pub shortest: usize,
}

impl PasswordPolicy {
    /// Shorter words of an address or a name say little about a user and occur in too many good passwords.
    const SHORTEST_WORD: usize = 4;
    /// Words of a placeholder name ("Your Name"), which say nothing about a user.
    const PLACEHOLDER_WORDS: [&str; 2] = ["your", "name"];

    /// Checks a new password of a user with this data.
    ///
    /// # Errors
    ///
    /// The sentence that says what is wrong with it.
    pub fn check(&self, password: &Password, personal: Personal<'_>) -> Result<(), String> {
        let text = password.expose();
        if text.chars().count() < self.shortest {
            return Err(format!("must have at least {} characters", self.shortest));
        }
        if common::contains(text) {
            return Err("is too common; choose a less common password".to_owned());
        }
        let text = text.to_lowercase();
        let Personal { email, username, name } = personal;
        let names = email.map(EmailAddress::local_part).into_iter().chain(username.map(Username::as_str));
        let mut personal = names.map(str::to_lowercase).chain(name.into_iter().flat_map(words));
        if personal.any(|word| text.contains(&word) && Self::is_personal(&word)) {
            return Err("must not contain your e-mail address or your name".to_owned());
        }
        Ok(())
    }

    fn is_personal(word: &str) -> bool {
        word.chars().count() >= Self::SHORTEST_WORD && !Self::PLACEHOLDER_WORDS.contains(&word)
    }
}

fn words(name: &DisplayName) -> impl Iterator<Item = String> {
    name.as_str().split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(password: &str, email: &str, name: &str) -> Result<(), String> {
        let policy = PasswordPolicy { shortest: 15 };
        policy.check(
            &Password::parse(password).unwrap(),
            Personal {
                email: EmailAddress::parse(email).ok().as_ref(),
                name: DisplayName::parse(name).ok().as_ref(),
                ..Personal::default()
            },
        )
    }

    #[test]
    fn length_counts_characters_and_not_bytes() {
        assert!(check("пароль-чтобы-ж", "ada@example.com", "Ada").is_err());
        assert!(check("пароль-чтобы-жи", "ada@example.com", "Ada").is_ok());
    }

    #[test]
    fn common_and_personal_passwords_are_refused_with_the_reason() {
        for (password, reason) in [
            ("1q2w3e4r5t6y7u8i9o0p", "less common"),
            ("1Q2W3E4R5T6Y7U8I9O0P", "less common"),
            ("lovelace-rules-9", "your name"),
            ("my-LOVELACE-pass", "your name"),
            ("countess77-secret", "your e-mail"),
        ] {
            let refusal = check(password, "countess77@example.com", "Ada Lovelace").unwrap_err();
            assert!(refusal.contains(reason), "{password}: {refusal}");
        }
    }

    #[test]
    fn short_and_placeholder_words_are_allowed() {
        assert_eq!(check("a-canada-trip-1851", "ada@example.com", "Ada"), Ok(()));
        assert_eq!(check("your-secure-password", "you@example.com", "Your Name"), Ok(()));
    }

    #[test]
    fn an_operator_may_require_fewer_or_more_characters() {
        let fourteen = Password::parse("fourteen-chars").unwrap();
        for (shortest, is_enough) in [(8, true), (14, true), (15, false), (64, false)] {
            assert_eq!(PasswordPolicy { shortest }.check(&fourteen, Personal::default()).is_ok(), is_enough);
        }
    }
}
