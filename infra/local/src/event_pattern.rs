//! The filters of event sources: which records of a stream call a function.
//!
//! Of the rules of Lambda, those that the template uses: a string that is equal, a prefix and a suffix.

use serde_json::{Map, Value};

/// A pattern that a record must match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventPattern(Map<String, Value>);

impl EventPattern {
    /// Reads a pattern in JSON; `None` for one with a rule that is not known here.
    pub fn parse(text: &str) -> Option<Self> {
        let Ok(Value::Object(pattern)) = serde_json::from_str(text) else { return None };
        pattern.values().all(is_known).then_some(Self(pattern))
    }

    /// Returns whether a record of the item with this key may match.
    pub fn may_match_key(&self, keys: &Value) -> bool {
        let of_keys = self.0.get("dynamodb").and_then(|pattern| pattern.get("Keys"));
        of_keys.and_then(Value::as_object).is_none_or(|pattern| has_all(pattern, keys))
    }

    /// Returns whether a record matches.
    pub fn matches(&self, record: &Value) -> bool {
        has_all(&self.0, record)
    }
}

fn is_known(pattern: &Value) -> bool {
    let is_rule = |rule: &Value| match rule {
        Value::String(_) => true,
        Value::Object(rule) => {
            rule.len() == 1 && ["prefix", "suffix"].iter().any(|name| rule.get(*name).is_some_and(Value::is_string))
        }
        _ => false,
    };
    match pattern {
        Value::Object(names) => names.values().all(is_known),
        Value::Array(rules) => rules.iter().all(is_rule),
        _ => false,
    }
}

fn has_all(pattern: &Map<String, Value>, value: &Value) -> bool {
    pattern.iter().all(|(name, pattern)| match (pattern, value.get(name)) {
        (Value::Object(pattern), Some(value)) => has_all(pattern, value),
        (Value::Array(rules), Some(Value::String(text))) => rules.iter().any(|rule| is_met(rule, text)),
        _ => false,
    })
}

fn is_met(rule: &Value, text: &str) -> bool {
    let part = |name: &str| rule.get(name).and_then(Value::as_str);
    rule.as_str() == Some(text)
        || part("prefix").is_some_and(|prefix| text.starts_with(prefix))
        || part("suffix").is_some_and(|suffix| text.ends_with(suffix))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn record(event: &str, sk: &str) -> Value {
        json!({"eventName": event, "dynamodb": {"Keys": {"sk": {"S": sk}}}})
    }

    #[test]
    fn a_record_matches_when_each_named_part_meets_one_of_its_rules() {
        let text = r#"{"eventName": ["INSERT", "MODIFY"], "dynamodb": {"Keys": {"sk": {"S": [{"prefix": "a/"}, {"suffix": "/z"}]}}}}"#;
        let pattern = EventPattern::parse(text).unwrap();
        for (event, sk, expected) in
            [("INSERT", "a/1", true), ("MODIFY", "b/z", true), ("REMOVE", "a/1", false), ("INSERT", "b/y", false)]
        {
            assert_eq!(pattern.matches(&record(event, sk)), expected, "{event} {sk}");
        }
        assert!(!pattern.matches(&json!({"eventName": "INSERT"})));
        let keys = |sk: &str| json!({"pk": {"S": "x"}, "sk": {"S": sk}});
        assert!(pattern.may_match_key(&keys("a/1")) && !pattern.may_match_key(&keys("b/y")));
        assert!(EventPattern::parse(r#"{"eventName": ["INSERT"]}"#).unwrap().may_match_key(&keys("b/y")));
    }

    #[test]
    fn a_pattern_with_another_rule_is_not_known() {
        for text in ["", "[]", r#"{"a": "b"}"#, r#"{"a": [{"exists": true}]}"#, r#"{"a": {"b": [1]}}"#] {
            assert_eq!(EventPattern::parse(text), None, "{text}");
        }
    }
}
