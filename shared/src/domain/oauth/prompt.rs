//! `prompt` (OpenID Connect Core §3.1.2.1): which pages a client wants shown in any case.

use serde::{Deserialize, Serialize};

/// Which pages a client wants shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prompt {
    /// None: an immediate response or an error.
    #[serde(default)]
    pub none: bool,
    /// The sign-in page, even if the user is signed in.
    #[serde(default)]
    pub login: bool,
    /// The consent page, even if the user has consented before.
    #[serde(default)]
    pub consent: bool,
    /// The account chooser.
    #[serde(default)]
    pub select_account: bool,
    /// The registration page: a new account (Initiating User Registration via OpenID Connect §4).
    #[serde(default)]
    pub create: bool,
}

impl Prompt {
    /// Parses the space-separated list.
    ///
    /// # Errors
    ///
    /// The sentence to show when a value is unknown or `none` is combined with another one.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let mut prompt = Self::default();
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            match word {
                "none" => prompt.none = true,
                "login" => prompt.login = true,
                "consent" => prompt.consent = true,
                "select_account" => prompt.select_account = true,
                "create" => prompt.create = true,
                _ => return Err("prompt may contain only none, login, consent, select_account and create"),
            }
        }
        if prompt.none && (prompt.login || prompt.consent || prompt.select_account || prompt.create) {
            return Err("prompt=none must not be combined with other values");
        }
        Ok(prompt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_cannot_be_combined_and_the_others_can() {
        assert!(Prompt::parse("none").unwrap().none);
        let both = Prompt::parse("login  consent").unwrap();
        assert!(both.login && both.consent && !both.none && !both.select_account);
        assert!(Prompt::parse("create").unwrap().create);
        for bad in ["none login", "none create", "register", "Login"] {
            assert!(Prompt::parse(bad).is_err(), "{bad}");
        }
    }
}
