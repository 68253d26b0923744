//! Which new passwords are accepted (NIST SP 800-63B-4 §3.1.1.2).

use super::{Password, common};
use crate::email::EmailAddress;
use crate::text::DisplayName;

/// What a new password must be: long enough, and not what an attacker tries first.
///
/// There are no composition rules and no expiry, because they make passwords worse.
#[derive(Clone, Copy, Debug)]
pub struct PasswordPolicy {
    /// The fewest characters.
    pub shortest: usize,
}

impl PasswordPolicy {
    /// Shorter words of an address or a name say little about a person and are in too many good passwords.
    const SHORTEST_WORD: usize = 4;
    /// Words of a placeholder name ("Your Name"), which say nothing about a person.
    const NOBODYS_WORDS: [&str; 2] = ["your", "name"];

    /// Checks a new password of the person with this address and name, as far as they are known.
    ///
    /// # Errors
    ///
    /// The sentence that says what is wrong with it.
    pub fn check(
        &self,
        password: &Password,
        email: Option<&EmailAddress>,
        name: Option<&DisplayName>,
    ) -> Result<(), String> {
        let text = password.0.expose();
        if text.chars().count() < self.shortest {
            return Err(format!("must have at least {} characters", self.shortest));
        }
        if common::contains(text) {
            return Err("is one of the passwords that are tried first; choose another".to_owned());
        }
        let text = text.to_lowercase();
        let mut personal =
            email.map(|email| email.local_part().to_lowercase()).into_iter().chain(name.into_iter().flat_map(words));
        if personal.any(|word| text.contains(&word) && Self::is_personal(&word)) {
            return Err("must not contain your e-mail address or your name".to_owned());
        }
        Ok(())
    }

    fn is_personal(word: &str) -> bool {
        word.chars().count() >= Self::SHORTEST_WORD && !Self::NOBODYS_WORDS.contains(&word)
    }
}

fn words(name: &DisplayName) -> impl Iterator<Item = String> {
    name.as_str().split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(password: &str, email: &str, name: &str) -> Result<(), String> {
        let policy = PasswordPolicy { shortest: 8 };
        policy.check(
            &Password::parse(password).unwrap(),
            Some(&EmailAddress::parse(email).unwrap()),
            Some(&DisplayName::parse(name).unwrap()),
        )
    }

    #[test]
    fn length_counts_characters_and_not_bytes() {
        assert!(check("пароль7", "ada@example.com", "Ada").is_err());
        assert!(check("пароль78", "ada@example.com", "Ada").is_ok());
    }

    #[test]
    fn common_and_personal_passwords_are_refused_with_the_reason() {
        for (password, reason) in [
            ("password", "tried first"),
            ("PASSWORD", "tried first"),
            ("lovelace-rules-9", "your name"),
            ("my-LOVELACE-pw", "your name"),
            ("countess77-secret", "your e-mail"),
        ] {
            let refusal = check(password, "countess77@example.com", "Ada Lovelace").unwrap_err();
            assert!(refusal.contains(reason), "{password}: {refusal}");
        }
    }

    #[test]
    fn short_or_placeholder_words_do_not_spoil_a_password() {
        assert_eq!(check("a-canada-trip-1851", "ada@example.com", "Ada"), Ok(()));
        assert_eq!(check("your-secure-password", "you@example.com", "Your Name"), Ok(()));
    }

    #[test]
    fn an_operator_may_ask_for_more() {
        let (email, name) = (EmailAddress::parse("ada@example.com").unwrap(), DisplayName::parse("Ada").unwrap());
        let long = PasswordPolicy { shortest: 15 };
        assert!(long.check(&Password::parse("fourteen-chars").unwrap(), Some(&email), Some(&name)).is_err());
    }
}
