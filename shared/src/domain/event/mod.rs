//! Events: what an account's integrations report and what happens in the account, in the order in which it was recorded.

pub mod account_change;
pub mod built_in;
pub mod counter;
pub mod idempotency;
pub mod message;
pub mod reader;

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::domain::client::id::ClientId;
use crate::domain::event::built_in::BuiltIn;
use crate::domain::types::id::uuid_id;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::UserId;
use crate::domain::user::account::AccountId;

uuid_id! {
    /// Identifies an event.
    EventId
}

/// A type of event: words of lower-case letters, digits and underscores, separated by dots, such as `order.placed`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventType(String);

impl EventType {
    const LONGEST: usize = 64;
    /// The types of built-in events that a later version will record.
    const OF_LATER_VERSIONS: [&str; 3] = ["member.added", "member.updated", "member.removed"];

    /// Parses a type.
    ///
    /// # Errors
    ///
    /// The sentence to show when it is invalid.
    pub fn parse(text: &str) -> Result<Self, String> {
        let is_word =
            |word: &str| !word.is_empty() && word.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'));
        if text.len() > Self::LONGEST || !text.split('.').all(is_word) {
            return Err(format!(
                "must be words of a-z, 0-9 and _ with dots between them, such as order.placed, and have at most {} characters",
                Self::LONGEST
            ));
        }
        Ok(Self(text.to_owned()))
    }

    /// Parses the type of an event that a caller reports.
    ///
    /// # Errors
    ///
    /// The sentence to show when it is invalid or built in: subscribers must be able to trust built-in events.
    pub fn parse_custom(text: &str) -> Result<Self, String> {
        if BuiltIn::named(text).is_some() || Self::OF_LATER_VERSIONS.contains(&text) {
            return Err("must not be the name of a built-in event".to_owned());
        }
        Self::parse(text)
    }

    /// The type.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<BuiltIn> for EventType {
    fn from(kind: BuiltIn) -> Self {
        Self(kind.name().to_owned())
    }
}

/// The data of an event: a JSON object of at most 32 KiB and 16 levels, stored exactly as it was parsed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventData(Map<String, Value>);

impl EventData {
    const LARGEST: usize = 32 * 1024;
    const DEEPEST: usize = 16;

    /// Accepts a JSON object.
    ///
    /// # Errors
    ///
    /// The sentence to show when it is something else, too large or nested too deeply.
    pub fn parse(value: &Value) -> Result<Self, String> {
        let Value::Object(members) = value else { return Err("must be an object".to_owned()) };
        if !is_within(value, Self::DEEPEST) {
            return Err(format!("must be nested at most {} levels deep", Self::DEEPEST));
        }
        let data = Self(members.clone());
        if data.text().len() > Self::LARGEST {
            return Err(format!("must have at most {} KiB", Self::LARGEST / 1024));
        }
        Ok(data)
    }

    /// An object of our own with these members, which is small and flat.
    pub fn of<'n>(members: impl IntoIterator<Item = (&'n str, Value)>) -> Self {
        Self(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// One of its members.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// The object as JSON without spaces, its names in order: equal objects have equal strings.
    pub fn text(&self) -> String {
        // A map of JSON values can always be serialized; if it ever failed, an empty object would contain nothing wrong.
        serde_json::to_string(&self.0).unwrap_or_else(|_| "{}".to_owned())
    }
}

/// Returns whether a value has at most this many levels of objects and lists.
fn is_within(value: &Value, levels: usize) -> bool {
    let deeper = |value: &Value| levels > 0 && is_within(value, levels - 1);
    match value {
        Value::Object(members) => levels > 0 && members.values().all(deeper),
        Value::Array(elements) => levels > 0 && elements.iter().all(deeper),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}

/// An event's position in its account: 1 for the first. A number has no event if writing it failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sequence(u64);

impl Sequence {
    /// Before the first event.
    pub const START: Self = Self(0);
    /// After the last possible event.
    pub const END: Self = Self(u64::MAX);

    /// The position after this one.
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The position before this one.
    pub const fn previous(self) -> Self {
        Self(self.0.saturating_sub(1))
    }

    /// How many positions this one is after an earlier one.
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Which block of `size` positions has this one, and the last position in that block.
    pub const fn block(self, size: u64) -> (u64, Self) {
        let block = self.0 / size;
        (block, Self::first_of_block(block.saturating_add(1), size).previous())
    }

    /// The first position of a block of `size` positions.
    pub const fn first_of_block(block: u64, size: u64) -> Self {
        Self(block.saturating_mul(size))
    }

    /// Parses a position from a response: the `sequence` of an event, or a `next_cursor`.
    ///
    /// # Errors
    ///
    /// The sentence to show when it is invalid.
    pub fn parse_cursor(value: &Value) -> Result<Self, String> {
        let number = value.as_u64().or_else(|| value.as_str().and_then(digits));
        number
            .map(Self)
            .ok_or_else(|| "must be a next_cursor of an earlier answer, or the sequence of an event".to_owned())
    }

    /// Parses a position from a string.
    pub fn parse(text: &str) -> Option<Self> {
        digits(text).map(Self)
    }
}

/// Parses digits only: no sign, which the standard library would accept.
fn digits(text: &str) -> Option<u64> {
    let is_plain = text.bytes().all(|b| b.is_ascii_digit());
    is_plain.then(|| text.parse().ok()).flatten()
}

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An event, without its position.
#[derive(Clone, Debug)]
pub struct Event {
    /// The event's id.
    pub id: EventId,
    /// The account in which it happened.
    pub account_id: AccountId,
    /// The user on whose behalf it was reported: for an app that acts for itself, its creator. For a built-in event, the
    /// user that it is about.
    pub user_id: UserId,
    /// The app that reported it, if one did. For a built-in event, the app that it is about or that did it.
    pub client_id: Option<ClientId>,
    /// Its type.
    pub kind: EventType,
    /// Its data.
    pub data: EventData,
    /// When it happened, according to the caller.
    pub occurred_at: Timestamp,
    /// When it was received.
    pub created_at: Timestamp,
}

/// A stored event, at its position in the account.
#[derive(Clone, Debug)]
pub struct PlacedEvent {
    /// Its position.
    pub sequence: Sequence,
    /// The event.
    pub event: Event,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_type_is_words_with_dots_between_them() {
        for good in ["order", "order.placed", "a.b_2.c", "0", "_", &"x".repeat(64)] {
            assert_eq!(EventType::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", ".", "a.", ".a", "a..b", "Order", "a b", "a-b", "ä", "a\n", &"x".repeat(65)] {
            assert!(EventType::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn callers_cannot_post_built_in_types() {
        for kind in BuiltIn::ALL {
            let name = kind.name();
            assert!(EventType::parse(name).is_ok() && EventType::parse_custom(name).is_err(), "{name}");
            assert_eq!(BuiltIn::named(name), Some(kind));
        }
        for later in EventType::OF_LATER_VERSIONS {
            assert!(EventType::parse_custom(later).is_err(), "{later}");
        }
        assert!(EventType::parse_custom("contact.created.again").is_ok());
        assert_eq!(BuiltIn::named("order.placed"), None);
    }

    /// A value with this many levels, to be put into an object.
    fn nested(levels: usize) -> Value {
        (1..levels).fold(json!(1), |inner, _| json!([inner]))
    }

    #[test]
    fn data_is_an_object_of_bounded_size_and_depth() {
        for good in [json!({}), json!({"a": null}), json!({"a": nested(16)}), json!({"a": "x".repeat(32 * 1024 - 8)})] {
            assert!(EventData::parse(&good).is_ok());
        }
        for bad in [json!([]), json!("x"), json!(1), json!({"a": nested(17)}), json!({"a": "x".repeat(32 * 1024 - 7)})]
        {
            assert!(EventData::parse(&bad).is_err());
        }
    }

    #[test]
    fn equal_data_has_equal_strings() {
        let read = |text: &str| EventData::parse(&serde_json::from_str(text).unwrap()).unwrap().text();
        assert_eq!(read("{\"b\": 1.50, \"a\": [1, 2]}"), read("{\"a\":[1,2],\"b\":1.5}"));
    }

    #[test]
    fn a_cursor_is_a_number_in_digits_or_in_json() {
        assert_eq!(Sequence::parse_cursor(&json!("17")), Ok(Sequence(17)));
        assert_eq!(Sequence::parse_cursor(&json!(17)), Ok(Sequence(17)));
        for bad in
            [json!(""), json!("+1"), json!(-1), json!(1.5), json!("x"), json!([1]), json!("99999999999999999999")]
        {
            assert!(Sequence::parse_cursor(&bad).is_err(), "{bad}");
        }
    }
}
