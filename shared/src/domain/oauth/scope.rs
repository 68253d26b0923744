//! Scopes: the catalogue, and sets of scopes.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// The built-in scopes, each with the sentence that the consent page shows.
const CATALOGUE: [(&str, &str); 17] = [
    ("openid", "Know who you are"),
    ("profile", "See your name"),
    ("email", "See your e-mail address"),
    ("groups", "See your role in your account"),
    ("offline_access", "Keep access while you are not using the app"),
    ("contact_read", "Read your account’s contacts"),
    ("contact_write", "Create and change your account’s contacts"),
    ("conversation_read", "Read your account’s conversations and messages"),
    ("conversation_write", "Write messages in your account’s conversations"),
    ("event_read", "Read what happens in your account"),
    ("event_write", "Post events to your account"),
    ("user_read", "Read your user data"),
    ("user_write", "Change your user data"),
    ("app_read", "See your account’s apps"),
    ("app_write", "Create apps that can use your account’s data, and change those that you have"),
    ("gdpr_read", "Export all data that is stored about you"),
    ("gdpr_write", "Delete your account, and all data that is stored about you"),
];

/// The scopes with which an app can do what is hard to undo.
const DANGEROUS: [&str; 3] = [Scope::APP_WRITE, Scope::GDPR_READ, Scope::GDPR_WRITE];

/// The scopes that concern the user and the sign-in, and no single API: a request for any API may have them.
const OF_SIGN_IN: [&str; 5] = [Scope::OPENID, Scope::PROFILE, Scope::EMAIL, Scope::GROUPS, Scope::OFFLINE_ACCESS];

/// The scopes with which an app manages the user, their apps or all of their data here.
const OF_MANAGEMENT: [&str; 6] =
    [Scope::USER_READ, Scope::USER_WRITE, Scope::APP_READ, Scope::APP_WRITE, Scope::GDPR_READ, Scope::GDPR_WRITE];

/// What an app does with a scope: the groups of the consent page, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ScopeGroup {
    /// It knows who signed in.
    SignIn,
    /// It reads.
    Read,
    /// It changes something.
    Change,
    /// It does what is hard to undo.
    Danger,
}

/// The scopes that exist: the built-in ones, and those that the operator adds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScopeCatalogue {
    added: BTreeMap<String, String>,
}

impl ScopeCatalogue {
    /// Parses the scopes that the operator adds: `name=Sentence`, separated by semicolons.
    ///
    /// # Errors
    ///
    /// The end of a sentence about it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let entry = |entry: &str| {
            let (name, sentence) =
                entry.split_once('=').ok_or("must be name=sentence pairs with semicolons between them")?;
            let (name, sentence) = (name.trim(), sentence.trim());
            if name.is_empty() || !is_token(name) {
                return Err("must name scopes in letters, digits and other printable ASCII without quotes");
            }
            if sentence.is_empty() || CATALOGUE.iter().any(|(known, _)| *known == name) {
                return Err("must explain every scope, and must not change those that exist");
            }
            Ok((name.to_owned(), sentence.to_owned()))
        };
        let entries = text.split(';').filter(|entry| !entry.trim().is_empty());
        entries.map(entry).collect::<Result<_, _>>().map(|added| Self { added })
    }

    /// Finds a scope.
    pub fn find(&self, name: &str) -> Option<Scope> {
        self.explain(name).map(|_| Scope(name.to_owned()))
    }

    /// Finds a scope; the error says that it does not exist.
    ///
    /// # Errors
    ///
    /// The sentence to show.
    pub fn require(&self, name: &str) -> Result<Scope, String> {
        self.find(name).ok_or_else(|| {
            "must be one of the scopes in the catalogue (see scopes_supported in the metadata)".to_owned()
        })
    }

    /// The sentence that the consent page shows for a scope.
    pub fn explain(&self, name: &str) -> Option<&str> {
        let ours = CATALOGUE.iter().find(|(known, _)| *known == name).map(|(_, sentence)| *sentence);
        ours.or_else(|| self.added.get(name).map(String::as_str))
    }

    /// The names of these scopes with their sentences, in the order of the catalogue: the user's identity comes first. A
    /// scope that was removed from the catalogue is shown by its name.
    pub fn explained<'s>(&'s self, scopes: &'s ScopeSet) -> impl Iterator<Item = (&'s str, &'s str)> {
        let known = self.names().filter(|name| scopes.contains(name));
        let known = known.filter_map(|name| Some((name, self.explain(name)?)));
        known.chain(scopes.names().filter(|name| self.explain(name).is_none()).map(|name| (name, name)))
    }

    /// The sentences only.
    pub fn sentences<'s>(&'s self, scopes: &'s ScopeSet) -> impl Iterator<Item = &'s str> {
        self.explained(scopes).map(|(_, sentence)| sentence)
    }

    /// All names: the built-in ones first.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        CATALOGUE.iter().map(|(name, _)| *name).chain(self.added.keys().map(String::as_str))
    }

    /// Returns whether the operator added this scope.
    pub(super) fn is_added(&self, name: &str) -> bool {
        self.added.contains_key(name)
    }

    /// All scopes.
    pub fn all(&self) -> ScopeSet {
        self.names().map(|name| Scope(name.to_owned())).collect()
    }

    /// The number of scopes.
    pub fn len(&self) -> usize {
        CATALOGUE.len() + self.added.len()
    }

    /// Returns whether the catalogue is empty, which is never the case.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Parses a space-separated list (RFC 6749 §3.3).
    ///
    /// # Errors
    ///
    /// The first scope that is not in the catalogue, if its name may be shown.
    pub fn read(&self, text: &str) -> Result<ScopeSet, UnknownScope> {
        words(text).map(|word| self.find(word).ok_or_else(|| UnknownScope::named(word))).collect()
    }

    /// Parses the scopes that a request names, by the same rule at every endpoint: one that does not exist is an error,
    /// which names it (RFC 6749 §3.3); but in a request with `openid`, it is left out (OpenID Connect Core §3.1.2.1).
    ///
    /// # Errors
    ///
    /// Those of [`Self::read`] and [`Self::read_known`].
    pub fn requested(&self, text: &str) -> Result<ScopeSet, UnknownScope> {
        let is_openid = words(text).any(|word| word == Scope::OPENID);
        if is_openid { self.read_known(text) } else { self.read(text) }
    }

    /// Parses a space-separated list and ignores unknown scopes of any length, as OpenID Connect Core §3.1.2.1 requires.
    ///
    /// # Errors
    ///
    /// The first malformed scope.
    pub fn read_known(&self, text: &str) -> Result<ScopeSet, UnknownScope> {
        let malformed = words(text).find(|word| !has_token_characters(word));
        match malformed {
            Some(word) => Err(UnknownScope::named(word)),
            None => Ok(words(text).filter_map(|word| self.find(word)).collect()),
        }
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(' ').filter(|word| !word.is_empty())
}

/// RFC 6749 §3.3, scope-token.
fn is_token(word: &str) -> bool {
    word.len() <= 64 && has_token_characters(word)
}

fn has_token_characters(word: &str) -> bool {
    word.bytes().all(|b| matches!(b, 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
}

/// One scope.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Scope(String);

impl Scope {
    /// Reading contacts.
    pub const CONTACT_READ: &str = "contact_read";
    /// Creating and changing contacts.
    pub const CONTACT_WRITE: &str = "contact_write";
    /// Reading events.
    pub const EVENT_READ: &str = "event_read";
    /// Posting events.
    pub const EVENT_WRITE: &str = "event_write";
    /// OpenID Connect: an ID token and userinfo.
    pub const OPENID: &str = "openid";
    /// The user's name.
    pub const PROFILE: &str = "profile";
    /// The user's e-mail address.
    pub const EMAIL: &str = "email";
    /// The user's role in their account.
    pub const GROUPS: &str = "groups";
    /// Read a user's data.
    pub const USER_READ: &str = "user_read";
    /// Change a user's data.
    pub const USER_WRITE: &str = "user_write";
    /// Read the apps of an account.
    pub const APP_READ: &str = "app_read";
    /// Create and change the apps of an account.
    pub const APP_WRITE: &str = "app_write";
    /// Export everything about a user.
    pub const GDPR_READ: &str = "gdpr_read";
    /// Delete a user.
    pub const GDPR_WRITE: &str = "gdpr_write";
    /// Access that continues after the sign-out in the browser.
    pub const OFFLINE_ACCESS: &str = "offline_access";
}

/// A set of scopes in the order in which they were requested. Equality ignores the order; it is preserved because
/// some clients compare the granted scopes with the requested ones as strings.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ScopeSet(Vec<Scope>);

impl PartialEq for ScopeSet {
    fn eq(&self, other: &Self) -> bool {
        self.0.len() == other.0.len() && self.is_subset(other)
    }
}

impl Eq for ScopeSet {}

impl ScopeSet {
    /// Parses the scopes of a token that this server issued.
    pub fn of_token(text: &str) -> Self {
        words(text).map(|word| Scope(word.to_owned())).collect()
    }

    /// Returns whether the set is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns whether the set contains this scope.
    pub fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|scope| scope.0 == name)
    }

    /// Returns whether all of these are also in `other`.
    pub fn is_subset(&self, other: &Self) -> bool {
        self.0.iter().all(|scope| other.0.contains(scope))
    }

    /// The scopes that are in both sets.
    pub fn intersection(&self, other: &Self) -> Self {
        self.0.iter().filter(|scope| other.0.contains(scope)).cloned().collect()
    }

    /// The scopes that are not in the other set.
    pub fn beyond(&self, other: &Self) -> Self {
        self.0.iter().filter(|scope| !other.0.contains(scope)).cloned().collect()
    }

    /// Checks that an app requests no more scopes than it may have.
    ///
    /// # Errors
    ///
    /// The description for `invalid_scope`, which names those that it may not have.
    pub fn ensure_within(&self, most: &Self) -> Result<(), String> {
        let beyond = self.beyond(most);
        match beyond.0.as_slice() {
            [] => Ok(()),
            [one] => Err(format!("The app may not have the scope {}: add it to the app, or do not request it", one.0)),
            _ => Err(format!("The app may not have the scopes {beyond}: add them to the app, or do not request them")),
        }
    }

    /// The scopes that concern the user and the sign-in, and no single API.
    pub fn of_sign_in(&self) -> Self {
        self.0.iter().filter(|scope| scope.is_of_sign_in()).cloned().collect()
    }

    /// The scopes that are in either set.
    pub fn union(&self, other: &Self) -> Self {
        self.0.iter().chain(&other.0).cloned().collect()
    }

    /// The set without this scope.
    pub fn without(&self, name: &str) -> Self {
        self.0.iter().filter(|scope| scope.0 != name).cloned().collect()
    }

    /// The scopes of the set with these names.
    pub fn only(&self, names: &[&str]) -> Self {
        self.0.iter().filter(|scope| names.contains(&scope.0.as_str())).cloned().collect()
    }

    /// The names of the scopes.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|scope| scope.0.as_str())
    }
}

impl ScopeGroup {
    /// All, in the order in which they are shown.
    pub const ALL: [Self; 4] = [Self::SignIn, Self::Read, Self::Change, Self::Danger];

    /// The group of a scope. One that the operator added reads if its name says so, by its end or its beginning, such as
    /// `orders_read`, `orders:read` or `read.orders`; of any other it is not known that it changes nothing.
    pub fn of(name: &str) -> Self {
        let mut words = name.split(|c: char| !c.is_ascii_alphanumeric());
        let is_read = words.next() == Some("read") || words.next_back() == Some("read");
        match name {
            name if OF_SIGN_IN.contains(&name) => Self::SignIn,
            name if DANGEROUS.contains(&name) => Self::Danger,
            _ if is_read => Self::Read,
            _ => Self::Change,
        }
    }
}

impl Scope {
    /// The scope's name.
    pub fn name(&self) -> &str {
        &self.0
    }

    /// Returns whether it concerns the user and the sign-in, and no single API.
    pub fn is_of_sign_in(&self) -> bool {
        OF_SIGN_IN.contains(&self.name())
    }

    /// Returns whether an app manages the user, their apps or all of their data with it.
    pub fn is_of_management(&self) -> bool {
        OF_MANAGEMENT.contains(&self.name())
    }
}

impl IntoIterator for ScopeSet {
    type Item = Scope;
    type IntoIter = std::vec::IntoIter<Scope>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl FromIterator<Scope> for ScopeSet {
    fn from_iter<T: IntoIterator<Item = Scope>>(scopes: T) -> Self {
        let mut set = Self::default();
        for scope in scopes {
            if !set.0.contains(&scope) {
                set.0.push(scope);
            }
        }
        set
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
    /// Keeps the name only if it is allowed in an error description (RFC 6749 §3.3, scope-token), which is logged: so not
    /// if it is a credential of ours, which all begin alike.
    fn named(word: &str) -> Self {
        Self((is_token(word) && !word.starts_with("dw_")).then(|| word.to_owned()))
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

    fn read(text: &str) -> Result<ScopeSet, UnknownScope> {
        ScopeCatalogue::default().read(text)
    }

    #[test]
    fn order_is_preserved_and_neither_it_nor_repetition_affects_equality() {
        let set = read("contact_write  contact_read contact_write").unwrap();
        assert_eq!(set.to_string(), "contact_write contact_read");
        assert_eq!(set, read("contact_read contact_write").unwrap());
        assert_ne!(set, read("contact_read openid").unwrap());
    }

    #[test]
    fn an_unknown_scope_is_named_only_if_it_is_well_formed() {
        assert_eq!(read("contact_read admin").unwrap_err().to_string(), "There is no scope named admin");
        assert_eq!(read("\"x\"").unwrap_err().to_string(), "A scope is malformed");
        assert_eq!(read("a\\b").unwrap_err().to_string(), "A scope is malformed");
        assert_eq!(read("dw_cs_a-secret-by-mistake").unwrap_err().to_string(), "A scope is malformed");
        let known = ScopeCatalogue::default().read_known("openid admin").unwrap();
        assert_eq!(known.to_string(), "openid");
        let long = format!("openid {}", "x".repeat(65));
        assert_eq!(ScopeCatalogue::default().read_known(&long).unwrap().to_string(), "openid");
        assert!(ScopeCatalogue::default().read_known("openid a\"b").is_err());
        let requested = |text| ScopeCatalogue::default().requested(text).map(|scopes| scopes.to_string());
        assert_eq!(requested("openid admin").unwrap(), "openid");
        assert_eq!(requested("contact_read admin").unwrap_err().to_string(), "There is no scope named admin");
    }

    #[test]
    fn scopes_that_an_app_may_not_have_are_named() {
        let most = read("openid contact_read").unwrap();
        assert!(read("contact_read").unwrap().ensure_within(&most).is_ok());
        let refused = |text| read(text).unwrap().ensure_within(&most).unwrap_err();
        assert!(refused("contact_read gdpr_write").contains("may not have the scope gdpr_write:"));
        assert!(refused("gdpr_read openid gdpr_write").contains("may not have the scopes gdpr_read gdpr_write:"));
    }

    #[test]
    fn an_operator_adds_scopes_with_their_sentences() {
        let catalogue =
            ScopeCatalogue::parse("orders:read=Read your orders; orders:write = Change your orders;").unwrap();
        assert_eq!(catalogue.explain("orders:write"), Some("Change your orders"));
        assert_eq!(catalogue.read("orders:read openid").unwrap().to_string(), "orders:read openid");
        for bad in ["orders", "=x", "a b=c", "a=", "openid=Everything", "a\"=b"] {
            assert!(ScopeCatalogue::parse(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_set_reads_back_as_itself(picks in proptest::collection::vec(0..CATALOGUE.len(), 0..8)) {
            let catalogue = ScopeCatalogue::default();
            let set: ScopeSet = picks.into_iter().filter_map(|n| catalogue.find(CATALOGUE[n].0)).collect();
            prop_assert_eq!(read(&set.to_string()).unwrap(), set.clone());
            prop_assert_eq!(ScopeSet::of_token(&set.to_string()), set);
        }

        #[test]
        fn no_text_breaks_the_reader(text in "\\PC{0,80}") {
            let _ = (read(&text), ScopeCatalogue::default().read_known(&text), ScopeCatalogue::parse(&text));
        }
    }
}
