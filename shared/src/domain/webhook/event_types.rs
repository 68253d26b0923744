//! The types of events that a webhook wants.

use serde::{Deserialize, Serialize};

use crate::domain::event::EventType;

/// The types of events that a webhook wants: at least one, and at most [`EventTypes::MOST`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventTypes(Vec<Pattern>);

/// One of them: a type, all types that begin with some words (`order.*`), or all (`*`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pattern(String);

impl Pattern {
    const ALL: &str = "*";

    /// Parses a pattern.
    ///
    /// # Errors
    ///
    /// The sentence to show when it is invalid.
    pub fn parse(text: &str) -> Result<Self, String> {
        let words = text.strip_suffix(".*").unwrap_or(text);
        if text != Self::ALL && EventType::parse(words).is_err() {
            return Err("must be a type such as order.placed, the types below one such as order.*, or *".to_owned());
        }
        Ok(Self(text.to_owned()))
    }

    fn includes(&self, kind: &str) -> bool {
        match self.0.strip_suffix('*') {
            // `order.` with its dot, or nothing.
            Some(beginning) => kind.starts_with(beginning),
            None => self.0 == kind,
        }
    }

    /// The pattern.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl EventTypes {
    /// The most patterns of a webhook.
    pub const MOST: usize = 50;

    /// Parses patterns; repeated ones count once.
    ///
    /// # Errors
    ///
    /// The sentence to show when one is invalid, there is none, or there are too many.
    pub fn parse<'t>(texts: impl IntoIterator<Item = &'t str>) -> Result<Self, String> {
        let mut patterns: Vec<Pattern> = Vec::new();
        for text in texts {
            let pattern = Pattern::parse(text)?;
            if !patterns.contains(&pattern) {
                patterns.push(pattern);
            }
        }
        match patterns.len() {
            0 => Err("must have at least one type; * stands for all".to_owned()),
            1..=Self::MOST => Ok(Self(patterns)),
            _ => Err(format!("must have at most {} types", Self::MOST)),
        }
    }

    /// Whether a type is among them.
    pub fn include(&self, kind: &str) -> bool {
        self.0.iter().any(|pattern| pattern.includes(kind))
    }

    /// The patterns.
    pub fn patterns(&self) -> &[Pattern] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_names_a_type_the_types_below_one_or_all() {
        for (pattern, kind, expected) in [
            ("order.placed", "order.placed", true),
            ("order.placed", "order.placed.twice", false),
            ("order.*", "order.placed", true),
            ("order.*", "order.item.added", true),
            ("order.*", "order", false),
            ("order.*", "orders.placed", false),
            ("*", "anything", true),
        ] {
            assert_eq!(Pattern::parse(pattern).unwrap().includes(kind), expected, "{pattern} {kind}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for text in ["", "Order", "order.", ".*", "*.placed", "order.*.placed", "order*", "**", "order. placed"] {
            assert!(Pattern::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_webhook_has_one_to_fifty_types() {
        assert!(EventTypes::parse([]).is_err());
        let many: Vec<String> = (0..51).map(|number| format!("order.n{number}")).collect();
        assert!(EventTypes::parse(many.iter().map(String::as_str)).is_err());
        assert!(EventTypes::parse(many.iter().skip(1).map(String::as_str)).is_ok());
        assert_eq!(EventTypes::parse(["*", "*"]).unwrap().patterns().len(), 1);
    }
}
