//! Scopes: the catalogue, and sets of them.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

/// The scopes that exist, each with the sentence that a person reads before agreeing to it.
pub const CATALOGUE: [(&str, &str); 12] = [
    ("openid", "Know who you are in Driftwood"),
    ("profile", "See your name"),
    ("email", "See your e-mail address"),
    ("offline_access", "Keep access while you are not using the app"),
    ("contact_read", "Read your account's contacts"),
    ("contact_write", "Create and change your account's contacts"),
    ("conversation_read", "Read your account's conversations and messages"),
    ("conversation_write", "Write messages in your account's conversations"),
    ("user_read", "Read your user data"),
    ("user_write", "Change your user data"),
    ("gdpr_read", "Export all data that is held about a person"),
    ("gdpr_write", "Delete all data that is held about a person"),
];

/// One scope of the catalogue.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Scope(String);

impl Scope {
    /// Reading contacts.
    pub const CONTACT_READ: &str = "contact_read";
    /// Creating and changing contacts.
    pub const CONTACT_WRITE: &str = "contact_write";

    /// Finds a scope in the catalogue.
    pub fn parse(name: &str) -> Option<Self> {
        CATALOGUE.iter().any(|(known, _)| *known == name).then(|| Self(name.to_owned()))
    }
}

impl Scope {
    /// Finds a scope in the catalogue, or says in a sentence that it is not there.
    ///
    /// # Errors
    ///
    /// The sentence to show.
    pub fn require(name: &str) -> Result<Self, String> {
        Self::parse(name)
            .ok_or_else(|| "must be of the scopes in the catalogue (see scopes_supported in the metadata)".to_owned())
    }
}

/// Some scopes, each once, in the order of the alphabet.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ScopeSet(BTreeSet<Scope>);

impl ScopeSet {
    /// Reads a space-separated list (RFC 6749 §3.3).
    ///
    /// # Errors
    ///
    /// The first word that is not in the catalogue, as far as it may be shown.
    pub fn parse(text: &str) -> Result<Self, UnknownScope> {
        text.split(' ')
            .filter(|word| !word.is_empty())
            .map(|word| Scope::parse(word).ok_or_else(|| UnknownScope::named(word)))
            .collect()
    }

    /// Says whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Says whether this scope is among them.
    pub fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|scope| scope.0 == name)
    }

    /// Says whether all of these are also in `other`.
    pub fn is_subset(&self, other: &Self) -> bool {
        self.0.is_subset(&other.0)
    }

    /// Those that are in both.
    pub fn intersection(&self, other: &Self) -> Self {
        self.0.intersection(&other.0).cloned().collect()
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|scope| scope.0.as_str())
    }
}

impl FromIterator<Scope> for ScopeSet {
    fn from_iter<T: IntoIterator<Item = Scope>>(scopes: T) -> Self {
        Self(scopes.into_iter().collect())
    }
}

impl fmt::Display for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, name) in self.names().enumerate() {
            write!(f, "{}{name}", if position == 0 { "" } else { " " })?;
        }
        Ok(())
    }
}

/// A scope that is not in the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownScope(Option<String>);

impl UnknownScope {
    /// Keeps the name only if it may stand in an error description (RFC 6749 §3.3, scope-token).
    fn named(word: &str) -> Self {
        let is_token = |b: u8| matches!(b, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
        Self((word.len() <= 64 && word.bytes().all(is_token)).then(|| word.to_owned()))
    }
}

impl fmt::Display for UnknownScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(name) => write!(f, "There is no scope named {name}"),
            None => f.write_str("A scope is malformed"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn order_and_repetition_do_not_matter() {
        let set = ScopeSet::parse("contact_write  contact_read contact_write").unwrap();
        assert_eq!(set.to_string(), "contact_read contact_write");
    }

    #[test]
    fn an_unknown_scope_is_named_only_where_it_can_be() {
        assert_eq!(ScopeSet::parse("contact_read admin").unwrap_err().to_string(), "There is no scope named admin");
        assert_eq!(ScopeSet::parse("\"x\"").unwrap_err().to_string(), "A scope is malformed");
        assert_eq!(ScopeSet::parse("a\\b").unwrap_err().to_string(), "A scope is malformed");
    }

    proptest! {
        #[test]
        fn a_set_reads_back_as_itself(picks in proptest::collection::vec(0..CATALOGUE.len(), 0..8)) {
            let set: ScopeSet = picks.into_iter().filter_map(|n| Scope::parse(CATALOGUE[n].0)).collect();
            prop_assert_eq!(ScopeSet::parse(&set.to_string()).unwrap(), set);
        }

        #[test]
        fn no_text_breaks_the_parser(text in "\\PC{0,80}") {
            let _ = ScopeSet::parse(&text);
        }
    }
}
