//! `prompt` (OpenID Connect Core §3.1.2.1): what a client wants to be shown, whatever we know already.

use serde::{Deserialize, Serialize};

/// What a client wants to be shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prompt {
    /// Nothing at all: an answer at once, or an error.
    #[serde(default)]
    pub none: bool,
    /// The sign-in page, even to somebody who is signed in.
    #[serde(default)]
    pub login: bool,
    /// The consent page, even where consent is remembered.
    #[serde(default)]
    pub consent: bool,
    /// A choice of account.
    #[serde(default)]
    pub select_account: bool,
}

impl Prompt {
    /// Reads the space-separated list.
    ///
    /// # Errors
    ///
    /// The sentence to show when a word is unknown or `none` does not stand alone.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let mut prompt = Self::default();
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            match word {
                "none" => prompt.none = true,
                "login" => prompt.login = true,
                "consent" => prompt.consent = true,
                "select_account" => prompt.select_account = true,
                _ => return Err("prompt must be of none, login, consent and select_account"),
            }
        }
        if prompt.none && (prompt.login || prompt.consent || prompt.select_account) {
            return Err("prompt=none must stand alone");
        }
        Ok(prompt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_stands_alone_and_the_others_combine() {
        assert!(Prompt::parse("none").unwrap().none);
        let both = Prompt::parse("login  consent").unwrap();
        assert!(both.login && both.consent && !both.none && !both.select_account);
        for bad in ["none login", "create", "Login"] {
            assert!(Prompt::parse(bad).is_err(), "{bad}");
        }
    }
}
