//! The members of a JSON object that the provider sent: only those that we use are read, and the others may be anything.

use serde_json::{Map, Number, Value};

/// A JSON object of the provider.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Members(Map<String, Value>);

impl Members {
    /// Parses an object.
    ///
    /// # Errors
    ///
    /// The sentence to log, which has nothing of the contents.
    pub fn read(body: &[u8]) -> Result<Self, String> {
        // Some providers send a byte order mark, which RFC 8259 §8.1 lets a reader ignore.
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        serde_json::from_slice(body).map(Self).map_err(|_| "it is not a JSON object".to_owned())
    }

    /// A member of any type; `null` counts as absent.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// Every member with a name that begins so.
    pub fn beginning<'m>(&'m self, prefix: &'m str) -> impl Iterator<Item = &'m Value> {
        self.0.iter().filter(move |(name, _)| name.starts_with(prefix)).map(|(_, value)| value)
    }

    /// A text that may be absent; an empty one counts as absent.
    ///
    /// # Errors
    ///
    /// The sentence to log when it is of another type.
    pub fn text(&self, name: &str) -> Result<Option<&str>, String> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
            Some(_) => Err(format!("{name} is not text")),
        }
    }

    /// A text that must be there.
    ///
    /// # Errors
    ///
    /// The sentence to log when it is absent, empty or of another type.
    pub fn require_text(&self, name: &str) -> Result<&str, String> {
        self.text(name)?.ok_or_else(|| format!("{name} is missing"))
    }

    /// A number of seconds that may be absent; a fraction is cut off.
    ///
    /// # Errors
    ///
    /// The sentence to log when it is of another type.
    pub fn seconds(&self, name: &str) -> Result<Option<i64>, String> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let seconds = value.as_number().and_then(whole);
        seconds.map(Some).ok_or_else(|| format!("{name} is not a number of seconds"))
    }

    /// A number of seconds that must be there.
    ///
    /// # Errors
    ///
    /// The sentence to log when it is absent or of another type.
    pub fn require_seconds(&self, name: &str) -> Result<i64, String> {
        self.seconds(name)?.ok_or_else(|| format!("{name} is missing"))
    }
}

impl From<Map<String, Value>> for Members {
    fn from(members: Map<String, Value>) -> Self {
        Self(members)
    }
}

/// RFC 7519 §2: a NumericDate may have a fraction.
fn whole(number: &Number) -> Option<i64> {
    /// Beyond this, a float does not have whole seconds, and no clock is there.
    const FARTHEST: f64 = 1e15;
    let cut = || {
        number
            .as_f64()
            .filter(|seconds| seconds.abs() < FARTHEST)
            .and_then(|s| format!("{:.0}", s.floor()).parse().ok())
    };
    number.as_i64().or_else(cut)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn members(text: &str) -> Members {
        Members::read(text.as_bytes()).unwrap()
    }

    #[test]
    fn what_is_not_used_may_be_anything() {
        let odd = members(
            "\u{feff}{\"sub\": \"1\", \"expires_in\": \"3600\", \"amr\": \"pwd\", \"locale\": {}, \"a\": null}",
        );
        assert_eq!(odd.require_text("sub"), Ok("1"));
        assert_eq!((odd.text("a"), odd.get("a")), (Ok(None), None));
        for bad in ["", "{", "[]", "1", "null", "{} {}"] {
            assert_eq!(Members::read(bad.as_bytes()).unwrap_err(), "it is not a JSON object");
        }
    }

    #[test]
    fn a_mistake_names_the_member() {
        let odd = members(r#"{"empty": "", "number": 7, "text": "7"}"#);
        assert_eq!(odd.require_text("empty").unwrap_err(), "empty is missing");
        assert_eq!(odd.require_text("number").unwrap_err(), "number is not text");
        assert_eq!(odd.require_seconds("text").unwrap_err(), "text is not a number of seconds");
        assert_eq!(odd.require_seconds("none").unwrap_err(), "none is missing");
    }

    #[test]
    fn seconds_may_have_a_fraction() {
        let times = members(r#"{"a": 1700000000, "b": 1700000000.9, "c": -1.5, "d": 1e300, "e": 1.7e9}"#);
        let read = |name| times.seconds(name).ok().flatten();
        assert_eq!((read("a"), read("b"), read("c")), (Some(1_700_000_000), Some(1_700_000_000), Some(-2)));
        assert_eq!((read("d"), read("e")), (None, Some(1_700_000_000)));
    }

    proptest! {
        #[test]
        fn no_body_breaks_the_reader(body: Vec<u8>, number: f64) {
            let _ = Members::read(&body);
            let _ = members(&format!("{{\"n\": {number:e}}}")).seconds("n");
        }
    }
}
