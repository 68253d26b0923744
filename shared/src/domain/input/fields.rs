//! The fields of a body, parsed strictly; all mistakes are reported at once.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::RangeInclusive;

use serde_json::Value;

use crate::domain::input::form;
use crate::domain::input::refusal::Refusal;
use crate::domain::input::strict_json::Strict;

/// The mistake of each invalid field.
pub type Mistakes = BTreeMap<&'static str, String>;

/// The fields of a JSON object or of a form, and the mistakes in those that were read so far.
///
/// Fields that are not read are ignored.
#[derive(Clone, Debug, Default)]
pub struct Fields {
    values: BTreeMap<String, Value>,
    mistakes: Mistakes,
}

impl Fields {
    /// Parses a JSON object: UTF-8, one value, every name once, nothing nested too deeply.
    ///
    /// # Errors
    ///
    /// [`Refusal::Malformed`] only.
    pub fn from_json(body: &[u8]) -> Result<Self, Refusal> {
        let malformed = Refusal::Malformed("The body is not a valid JSON object");
        match serde_json::from_slice(body) {
            Ok(Strict(Value::Object(object))) => Ok(Self { values: object.into_iter().collect(), ..Self::default() }),
            _ => Err(malformed),
        }
    }

    /// Parses a form: UTF-8, every parameter once (RFC 6749 §3.2) except `resource` (RFC 8707 §2); a parameter without a
    /// value counts as absent.
    ///
    /// # Errors
    ///
    /// [`Refusal::Malformed`] only.
    pub fn from_form(body: &[u8]) -> Result<Self, Refusal> {
        let mut fields = Self::default();
        let pairs = form::pairs(body).map_err(|mistake| mistake.refusal("The body is not a valid form"))?;
        for (name, value) in pairs {
            let is_repeatable = name == form::RESOURCE;
            match fields.values.entry(name) {
                Entry::Vacant(vacant) => _ = vacant.insert(Value::String(value)),
                Entry::Occupied(mut earlier) if is_repeatable => match earlier.get_mut() {
                    Value::Array(all) => all.push(Value::String(value)),
                    first => *first = Value::from(vec![first.take(), Value::String(value)]),
                },
                Entry::Occupied(_) => return Err(Refusal::Malformed("A parameter is duplicated")),
            }
        }
        fields.drop_empty();
        Ok(fields)
    }

    /// All values of a field that may be repeated.
    ///
    /// # Errors
    ///
    /// The field's name, when it is neither a string nor a list of strings.
    pub fn texts(&self, name: &'static str) -> Result<Vec<String>, &'static str> {
        match self.values.get(name) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Array(values)) if values.iter().any(|value| !value.is_string()) => Err(name),
            Some(value @ (Value::String(_) | Value::Array(_))) => Ok(strings(value)),
            Some(_) => Err(name),
        }
    }

    /// An optional string, which may be absent or `null`.
    ///
    /// # Errors
    ///
    /// The field's name, when it is not a string.
    pub fn text<'f>(&'f self, name: &'static str) -> Result<Option<&'f str>, &'static str> {
        match self.values.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(name),
        }
    }

    /// A required string, parsed by `parse`.
    pub fn required<T>(&mut self, name: &'static str, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        if !self.has(name) {
            return self.mistake(name, "is required".to_owned());
        }
        self.optional(name, parse)
    }

    /// An optional string, parsed by `parse`.
    pub fn optional<T>(&mut self, name: &'static str, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        self.optional_value(name, |value| value.as_str().ok_or_else(|| "must be a string".to_owned()).and_then(parse))
    }

    /// A required value of any type, parsed by `parse`.
    pub fn required_value<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&Value) -> Result<T, String>,
    ) -> Option<T> {
        if !self.has(name) {
            return self.mistake(name, "is required".to_owned());
        }
        self.optional_value(name, parse)
    }

    /// An optional value of any type, parsed by `parse`.
    pub fn optional_value<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&Value) -> Result<T, String>,
    ) -> Option<T> {
        let value = self.values.get(name).filter(|value| !value.is_null())?;
        match parse(value) {
            Ok(parsed) => Some(parsed),
            Err(mistake) => self.mistake(name, mistake),
        }
    }

    /// An optional list of strings, each parsed by `parse`.
    pub fn optional_list<T>(
        &mut self,
        name: &'static str,
        most: usize,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<Vec<T>> {
        self.optional_value(name, |value| {
            let strings = value.as_array().ok_or_else(|| "must be a list of strings".to_owned())?;
            if strings.len() > most {
                return Err(format!("must have at most {most} entries"));
            }
            strings
                .iter()
                .map(|text| text.as_str().ok_or_else(|| "must be a list of strings".to_owned()).and_then(&parse))
                .collect()
        })
    }

    /// A boolean; absent means `false`.
    pub fn flag(&mut self, name: &'static str) -> bool {
        self.optional_value(name, |value| value.as_bool().ok_or_else(|| "must be true or false".to_owned()))
            .unwrap_or(false)
    }

    /// A whole number within bounds; absent means `default`.
    pub fn number(&mut self, name: &'static str, default: u64, allowed: RangeInclusive<u64>) -> u64 {
        let sentence = format!("must be a whole number from {} to {}", allowed.start(), allowed.end());
        self.optional_value(name, |value| value.as_u64().filter(|number| allowed.contains(number)).ok_or(sentence))
            .unwrap_or(default)
    }

    /// The same for a query, where every value is a string.
    pub fn flag_in_text(&mut self, name: &'static str) -> bool {
        let flag = self.optional(name, |text| text.parse().map_err(|_| "must be true or false".to_owned()));
        flag.unwrap_or(false)
    }

    /// The same for a query, where every value is a string.
    pub fn number_in_text(&mut self, name: &'static str, default: u64, allowed: RangeInclusive<u64>) -> u64 {
        let sentence = format!("must be a whole number from {} to {}", allowed.start(), allowed.end());
        let read = |text: &str| text.parse().ok().filter(|number| allowed.contains(number)).ok_or(sentence);
        self.optional(name, read).unwrap_or(default)
    }

    /// Records a mistake in a field.
    pub fn mistake<T>(&mut self, name: &'static str, mistake: String) -> Option<T> {
        self.mistakes.insert(name, mistake);
        None
    }

    /// Returns what `build` builds from the parsed fields, or the sentence for each field that has a mistake.
    ///
    /// # Errors
    ///
    /// All mistakes.
    pub fn finish<T>(self, build: impl FnOnce() -> Option<T>) -> Result<T, Mistakes> {
        build().filter(|_| self.mistakes.is_empty()).ok_or(self.mistakes)
    }

    /// The value of a field, if it is there and not `null`.
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.values.get(name).filter(|value| !value.is_null())
    }

    /// Leaves out every field that is an empty string.
    pub fn drop_empty(&mut self) {
        self.values.retain(|_, value| value.as_str() != Some(""));
    }

    /// Leaves out a field.
    pub fn drop(&mut self, name: &str) {
        self.values.remove(name);
    }

    /// Replaces the value of a field, if it is there.
    pub fn replace(&mut self, name: &str, value: Value) {
        if let Some(old) = self.values.get_mut(name) {
            *old = value;
        }
    }

    /// Returns whether no mistake in this field was recorded so far.
    pub fn is_faultless_in(&self, name: &str) -> bool {
        !self.mistakes.contains_key(name)
    }

    /// Returns whether no mistake was recorded so far.
    pub fn is_faultless(&self) -> bool {
        self.mistakes.is_empty()
    }

    /// Returns whether the field is present and `null`, which in a merge patch removes it.
    pub fn is_null(&self, name: &str) -> bool {
        self.values.get(name).is_some_and(Value::is_null)
    }

    /// Returns whether there is a field of another name than these.
    pub fn has_others(&self, names: &[&str]) -> bool {
        self.values.keys().any(|name| !names.contains(&name.as_str()))
    }

    /// Returns whether the field is present and not `null`.
    pub fn has(&self, name: &str) -> bool {
        self.values.get(name).is_some_and(|value| !value.is_null())
    }
}

fn strings(value: &Value) -> Vec<String> {
    let all = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    all.iter().filter_map(|text| text.as_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_json_object_is_parsed_strictly() {
        for bad in [
            "",
            "[]",
            "1",
            "null",
            "{",
            "{\"a\":1}x",
            "{\"a\":1,\"a\":1}",
            "{\"a\":{\"b\":1,\"b\":2}}",
            "{\"a\":NaN}",
            "{\"a\":\"\\ud800\"}",
            "{'a':1}",
            "{\"unknown\":1e999}",
        ] {
            assert!(Fields::from_json(bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(Fields::from_json(b"{\"a\":\"\xff\"}").is_err());
        assert!(
            Fields::from_json(format!("{{\"a\":{}{}}}", "[".repeat(30_000), "]".repeat(30_000)).as_bytes()).is_err()
        );
        assert_eq!(Fields::from_json(b" {\"a\":\"x\",\"b\":null} ").unwrap().text("a"), Ok(Some("x")));
    }

    #[test]
    fn a_form_is_parsed_strictly() {
        for bad in ["a=1&a=1", "a=1&a=", "a=%zz", "a=%f", "%ff=1", "a=%ff"] {
            assert!(Fields::from_form(bad.as_bytes()).is_err(), "{bad}");
        }
        let fields = Fields::from_form(b"a=x+y%2Bz&b=&c&=d&a%62=1").unwrap();
        assert_eq!(fields.text("a"), Ok(Some("x y+z")));
        assert_eq!(fields.text("b"), Ok(None));
        assert_eq!(fields.text("c"), Ok(None));
        assert_eq!(fields.text("ab"), Ok(Some("1")));
        let fields = Fields::from_form(b"resource=a&resource=b").unwrap();
        assert_eq!(fields.texts("resource"), Ok(vec!["a".to_owned(), "b".to_owned()]));
    }

    #[test]
    fn all_mistakes_are_reported_at_once() {
        let mut fields =
            Fields::from_json(br#"{"name": 5, "limit": "ten", "uris": ["a", 1], "flag": "yes", "null": null}"#)
                .unwrap();
        let accept = |text: &str| Ok(text.to_owned());
        assert_eq!(fields.required("name", accept), None);
        assert_eq!(fields.required("null", accept), None);
        assert_eq!(fields.number("limit", 7, 1..=10), 7);
        assert_eq!(fields.optional_list("uris", 5, accept), None);
        assert!(!fields.flag("flag"));
        let mistakes = &fields.mistakes;
        assert_eq!(mistakes.keys().copied().collect::<Vec<_>>(), ["flag", "limit", "name", "null", "uris"]);
        assert_eq!(mistakes["null"], "is required");
    }

    proptest! {
        #[test]
        fn a_form_reads_back_what_a_client_wrote(name in "\\PC{1,20}", value in "\\PC{1,40}") {
            let body = form_urlencoded::Serializer::new(String::new()).append_pair("first", "1").append_pair(&name, &value).finish();
            prop_assume!(name != "first");
            let fields = Fields::from_form(body.as_bytes()).unwrap();
            prop_assert_eq!(fields.values.get(&name).and_then(Value::as_str), Some(value.as_str()));
        }

        #[test]
        fn no_body_breaks_the_parsers(body: Vec<u8>) {
            let _ = (Fields::from_form(&body), Fields::from_json(&body));
        }
    }
}
