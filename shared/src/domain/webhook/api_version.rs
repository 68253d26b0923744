//! The version of what a webhook is sent.

use serde::{Deserialize, Serialize};

/// The shape of what a webhook is sent. A version never changes: what receivers could not read is another one, which their
/// makers choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ApiVersion {
    /// The first.
    #[serde(rename = "2026-11-29")]
    V2026_11_29,
}

impl ApiVersion {
    /// That of webhooks which were stored without one.
    pub const FIRST: Self = Self::V2026_11_29;
    /// That of new webhooks.
    pub const NEWEST: Self = Self::V2026_11_29;
    /// All, the first one first.
    pub const ALL: [Self; 1] = [Self::V2026_11_29];

    /// Parses a version.
    ///
    /// # Errors
    ///
    /// The sentence to show when there is none of this name.
    pub fn parse(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|version| version.as_str() == text);
        known.ok_or_else(|| format!("must be one of: {}", Self::ALL.map(Self::as_str).join(", ")))
    }

    /// Its name: the date from which on it is sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V2026_11_29 => "2026-11-29",
        }
    }

    /// For serde.
    pub(super) const fn first() -> Self {
        Self::FIRST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_stored_and_shown_by_its_date() {
        for version in ApiVersion::ALL {
            assert_eq!(ApiVersion::parse(version.as_str()), Ok(version));
            assert_eq!(serde_json::to_value(version).unwrap(), version.as_str());
        }
        assert!(ApiVersion::parse("2026-11-30").is_err());
    }
}
